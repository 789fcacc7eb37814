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
  ['npm ci && npx dozen up examples/guestbook', 'test/system/newcomer.test.ts'],
  ['npm ci && npm test', '.ci/run'],
  ['npm ci', '.ci/run'],
  ['npm run ok', '.ci/run'],
  ['npm test', '.ci/run'],
  ['eval "$(dozen heroku:env --token)"', 'test/system/heroku-cli.test.ts'],
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
    [...run.keys()].filter((command) => !shown.includes(command)),
    [],
    'what no document shows any more',
  );
  assert.deepEqual(
    [...new Set(run.values())].filter((file) => !existsSync(path.join(root, file))),
    [],
  );
});

test('the tour and the factors are run, and every test that a page leaves a block to is there', () => {
  const run = documents.filter(isRun);
  const owed = documents.filter((file) => file === 'docs/tour.md' || file.startsWith('docs/factors/'));
  assert.deepEqual(
    owed.filter((file) => !run.includes(file)),
    [],
  );
  const taken = /^docs\/([^/]+|factors\/(0[1-9]|1[0-2])-[^/]+)\.md$/;
  assert.deepEqual(
    run.filter((file) => !taken.test(file)),
    [],
    'no test takes pages that lie there',
  );
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
