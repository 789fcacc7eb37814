import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parseAppJson } from '../../src/factors/app-json.ts';
import { parseDocument } from '../parts/document.ts';

const root = path.join(import.meta.dirname, '../..');
const documents = globSync(['*.md', 'docs/**/*.md', 'examples/*/README.md'], { cwd: root }).sort();
const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** As GitHub makes the anchor of a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

test('every link between documents leads somewhere', () => {
  const broken = documents.flatMap((file) =>
    [...textOf(file).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)].flatMap(
      ([, target = '', heading]) => {
        const place = target === '' ? file : path.posix.join(path.posix.dirname(file), target);
        if (!existsSync(path.join(root, place))) return [`${file}: ${place}`];
        const headings = [...textOf(place).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => anchor(text));
        return heading === undefined || headings.includes(heading) ? [] : [`${file}: ${place}#${heading}`];
      },
    ),
  );
  assert.deepEqual(broken, []);
});

test('the app.json that is shown is one that Dozen takes', () => {
  const [, example = ''] = /```json\n(.+?)```/s.exec(textOf('docs/app-json.md')) ?? [];
  assert.equal(parseAppJson(example).services[0]?.variable, 'DATABASE_URL');
});

/** The commands that documents show which do not say what they begin with, and what runs each. */
const run = new Map([
  ['dozen run -a hello "ls | wc -l"', 'test/system/run.test.ts'],
  ['dozen run -a hello -- node -e "console.log(process.env.GREETING)"', 'test/system/run.test.ts'],
  ['npm ci && npx dozen up examples/guestbook', 'test/system/newcomer.test.ts'],
  ['npm ci && npm test', '.ci/run'],
  ['npm ci', '.ci/run'],
  ['npm run ok', '.ci/run'],
  ['npm test', '.ci/run'],
  ['eval "$(dozen heroku:env --token)"', 'test/system/heroku-cli.test.ts'],
  ['dozen logs -a shop', 'test/system/logs.test.ts'],
  ['dozen logs --tail --process web -a shop', 'test/system/logs.test.ts'],
  ['dozen logs --since 1h --source dozen -a shop', 'test/system/logs.test.ts'],
  ['dozen logs --grep "/status=5../" -n 20 -a shop', 'test/system/logs.test.ts'],
  ['dozen services create postgres --name second', 'test/system/services.test.ts'],
  ['dozen services attach second --as REPORTS_URL -a guestbook', 'test/system/services.test.ts'],
  ['dozen services detach REPORTS_URL -a guestbook', 'test/system/services.test.ts'],
  ['dozen services swap guestbook-database second -a guestbook', 'test/system/services.test.ts'],
  ['dozen services rotate guestbook-database', 'test/system/services.test.ts'],
  ['dozen services backup guestbook-database --out guestbook.backup', 'test/system/services.test.ts'],
  ['dozen services restore second --from guestbook.backup', 'test/system/services.test.ts'],
  ['dozen services psql guestbook-database', 'test/system/services.test.ts'],
  ['dozen services', 'test/system/services.test.ts'],
  ['dozen services info guestbook-database', 'test/system/services.test.ts'],
  [
    'dozen services create url --name crm --as CRM_URL --url-stdin -a guestbook < url',
    'test/system/services.test.ts',
  ],
  ['dozen services set-url crm --url-stdin < url', 'test/system/services.test.ts'],
  ['dozen services destroy second --confirm second', 'test/system/services.test.ts'],
]);

const isRun = (file: string): boolean => parseDocument(textOf(file)).beginsWith !== null;

test('every command that is shown in a block is run by a test, and every test named is there', () => {
  const shown = documents
    .filter((file) => !isRun(file))
    .flatMap((file) =>
      [...textOf(file).matchAll(/```sh\n(.+?)```/gs)].flatMap(([, block = '']) => block.trim().split('\n')),
    );
  assert.deepEqual(
    [...new Set(shown)].filter((command) => !run.has(command) && /^(npm|npx|dozen|eval)\b/.test(command)),
    [],
  );
  assert.deepEqual(
    [...new Set(run.values())].filter((file) => !existsSync(path.join(root, file))),
    [],
  );
});

test('the tour is run, and every test that a page leaves a block to is there', () => {
  const run = documents.filter(isRun);
  assert.ok(run.includes('docs/tour.md'));
  const tests = run.flatMap((file) =>
    parseDocument(textOf(file)).blocks.flatMap(({ elsewhere }) =>
      elsewhere !== null && 'runBy' in elsewhere ? [elsewhere.runBy] : [],
    ),
  );
  assert.deepEqual(
    tests.filter((file) => !existsSync(path.join(root, file))),
    [],
  );
});

test('documents speak plainly', () => {
  const words = /\b(TODO|FIXME|simply|easily|blazing|powerful|seamless|robust|world-class)\b/i;
  assert.deepEqual(
    documents.filter((file) => words.test(textOf(file))),
    [],
  );
});
