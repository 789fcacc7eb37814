import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { draftScenario } from './draft.ts';
import { parseScenario } from './parse.ts';
import { type Route, routesIn } from './routes.ts';
import { emptyScenario } from './scenario.ts';

type Files = Readonly<Record<string, string>>;

function folderWith(t: Pick<TestContext, 'after'>, files: Files): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-draft-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

const read = (text: string) => parseScenario(text, { where: 'dozen.check.yaml' });
const shown = ({ method, path: at, file, line, certain }: Route) =>
  `${method} ${at} ${file}:${line}${certain ? '' : ' ?'}`;

test('a folder with nothing to see gives a draft that says nothing', (t) => {
  assert.deepEqual(read(draftScenario(folderWith(t, {}))), emptyScenario);
});

test('every line of a draft that is behind "#" may be taken out of it', (t) => {
  const text = draftScenario(folderWith(t, {}));
  const open = (draft: string) => draft.replaceAll(/^( *)# ((?: *[\w-]+:| *- | *# ).*)$/gm, '$1$2');
  const scenario = read(open(open(text)));
  assert.ok(
    scenario.requests.slow !== null && scenario.session !== null && scenario.jobs?.takenLine === 'job taken',
  );
  assert.equal(scenario.config.length + scenario.admin.length + scenario.accept.length, 4);
});

test('what is seen is filled in, with where it was seen', (t) => {
  const text = draftScenario(
    folderWith(t, {
      Procfile: 'release: node migrate.js # all\nweb: node server.js\nmailer: node mailer.js\n',
      'app.json': JSON.stringify({
        env: { TITLE: 'Shop', MAIL_URL: { description: 'Where mail goes' } },
        dozen: { schedule: [{ name: 'tidy', command: 'node tidy.js', cron: '0 3 * * *' }] },
      }),
      'package.json': JSON.stringify({ scripts: { 'db:seed': 'node seed.js', start: 'node server.js' } }),
      'server.js':
        "const app = express();\napp.get('/health', (q, r) => r.end());\napp.post('/orders', take);\n",
    }),
  );
  const scenario = read(text);
  assert.equal(scenario.requests.cheap?.path, '/health');
  assert.deepEqual(scenario.admin, ['node migrate.js # all', 'node tidy.js']);
  assert.deepEqual({ ...scenario, admin: [], requests: emptyScenario.requests }, emptyScenario);
  for (const line of [
    '  cheap: GET /health  # server.js:2',
    '  #   POST /orders  (server.js:3)',
    '#   MAIL_URL: "…"',
    '#   worker: mailer',
    '#   - variable: TITLE',
    '#   - npm run db:seed',
  ])
    assert.ok(text.split('\n').includes(line), `${line} in ${text}`);
});

test('a route that signs in is shown where a visitor is needed', (t) => {
  const text = draftScenario(
    folderWith(t, {
      'server.js': [
        "app.post('/session', begin);",
        "app.post('/logout', end);",
        "app.post('/orders', take);",
        "app.get('/orders', list);",
        "app.get('/account', show);",
      ].join('\n'),
    }),
  );
  const lines = text.split('\n');
  for (const line of [
    '  #   request: POST /orders',
    '  #   signed-in: true',
    '  # read: { request: GET /orders, matches: "{token}", signed-in: true }',
    '# Seen: POST /session (server.js:1)',
    '#   begin: { request: POST /session, form: { name: dozen } }',
    '#   check: { request: GET /account, matches: dozen }',
  ])
    assert.ok(lines.includes(line), `${line} in ${text}`);
  assert.deepEqual(read(text), emptyScenario);
});

test('a health path of app.json is the cheap request', (t) => {
  const appJson = JSON.stringify({ dozen: { processes: { web: { health: '/up' } } } });
  assert.match(
    draftScenario(folderWith(t, { 'app.json': appJson })),
    /^ {2}cheap: GET \/up {2}# app\.json: the health path of web$/m,
  );
});

test('the schema is named where an editor finds it', (t) => {
  const schema = 'node_modules/dozen/docs/dozen.check.schema.json';
  assert.match(
    draftScenario(folderWith(t, { [schema]: '{}' })),
    new RegExp(`^# yaml-language-server: \\$schema=${schema}\n`),
  );
  assert.doesNotMatch(draftScenario(folderWith(t, {})), /yaml-language-server/);
});

test('routes are those that code declares, not what looks like one', (t) => {
  const folder = folderWith(t, {
    'src/app.ts': [
      'const app: Express = express();',
      "// app.get('/commented', handler);",
      'const text = "app.get(\'/quoted\', handler)";',
      "app.get('/a', handler).post('/b', auth, async (c) => c.json({}));",
      "axios.get('/client', options);",
      "app.get('/settings');",
      "app.get('/users/:id', handler);",
      "app.get('/odd\\n', handler);",
      "cache.get('/cached', fallback);",
    ].join('\n'),
    'src/view.tsx': "const site = new Hono<Env>();\nsite.get('/page', (c) => c.html(<b>x</b>));",
    'test/app.js': "app.get('/tested', handler);",
    'node_modules/x/index.js': "app.get('/foreign', handler);",
    'src/broken.js': "app.get('/broken', (",
  });
  assert.deepEqual(
    routesIn(folder)
      .routes.filter(({ file }) => file !== 'src/broken.js')
      .map(shown),
    ['POST /b src/app.ts:4', 'GET /a src/app.ts:4', 'GET /page src/view.tsx:2'],
  );
});

test('a router that may stand behind a prefix is not sure of its paths', (t) => {
  const folder = folderWith(t, {
    'app.js': "const app = express();\napp.use('/api', orders);\napp.get('/health', up);",
    'orders.js': "const router = Router();\nrouter.get('/list', list);",
  });
  assert.deepEqual(routesIn(folder).routes.map(shown), ['GET /health app.js:3', 'GET /list orders.js:2 ?']);
  const own = folderWith(t, {
    'a.js': "const router = new Router({ prefix: '/v1' });\nrouter.get('/x', x);",
  });
  assert.deepEqual(routesIn(own).routes.map(shown), ['GET /x a.js:2 ?']);
});

test('links are not followed, and files that are too large are not read', (t) => {
  const outside = folderWith(t, { 'app.js': "app.get('/outside', x);", Procfile: 'web: outside' });
  const folder = folderWith(t, { 'large.js': `app.get('/large', x);${' '.repeat(600_000)}` });
  symlinkSync(path.join(outside, 'app.js'), path.join(folder, 'app.js'));
  symlinkSync(path.join(outside, 'Procfile'), path.join(folder, 'Procfile'));
  symlinkSync(outside, path.join(folder, 'linked'));
  assert.deepEqual(routesIn(folder).routes, []);
  assert.doesNotMatch(draftScenario(folder), /outside/);
});

test('whatever commands and names an app has, its draft is a scenario with those commands', (t) => {
  const odd = fc.stringMatching(/^[ -~]{1,40}$/).filter((text) => text.trim() === text && text !== '');
  const folder = folderWith(t, {});
  fc.assert(
    fc.property(odd, odd, (command, script) => {
      writeFileSync(path.join(folder, 'Procfile'), `release: ${command}\nweb: x\n`);
      writeFileSync(
        path.join(folder, 'package.json'),
        JSON.stringify({ scripts: { [`seed${script}`]: 'x' } }),
      );
      assert.deepEqual(read(draftScenario(folder)).admin, [command]);
    }),
  );
});
