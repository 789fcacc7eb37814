import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { draftScenario } from './draft.ts';
import { parseScenario } from './parse.ts';
import type { Route } from './route.ts';
import { routesIn } from './routes.ts';
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

/** The draft with all that stands behind "#". */
function opened(text: string) {
  const open = (draft: string) =>
    draft.replaceAll(/^( *)# ((?: *[a-z][\w-]*:(?: |$)| *- | *# ).*)$/gm, '$1$2');
  return read(open(open(text)));
}

test('every line of a draft that is behind "#" may be taken out of it', (t) => {
  const scenario = opened(draftScenario(folderWith(t, {})));
  assert.ok(
    scenario.requests.slow !== null && scenario.session !== null && scenario.jobs?.takenLine === 'job taken',
  );
  assert.equal(scenario.config.length + scenario.admin.length + scenario.accept.length, 3);
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
    '  #   request: POST /orders  # server.js:3',
    '  #   signed-in: true',
    '  #   request: GET /orders  # server.js:4',
    '#   begin: { request: POST /session, form: { name: dozen } }  # server.js:1',
    '#   check: { request: GET /account, matches: dozen }  # server.js:5',
  ])
    assert.ok(lines.includes(line), `${line} in ${text}`);
  assert.deepEqual(read(text), emptyScenario);
});

const noted = {
  'app.json': JSON.stringify({
    addons: ['postgres:18'],
    env: {
      SMTP_PORT: '5000',
      MAX_NOTES: '100',
      API_URL: 'https://a.example',
      GREETING: 'Notes',
      KEY: { generator: 'secret' },
    },
  }),
  'server.js': [
    'const app = express();',
    'app.use(express.json());',
    "const greeting = process.env.GREETING ?? 'Notes';",
    "app.get('/health', (q, r) => r.json({ greeting }));",
    "app.post('/api/register', (q, r) => { const { email, password } = q.body; r.status(201).end(); });",
    "app.post('/api/login', (q, r) => { const { email, password } = q.body; r.json({ accessToken }); });",
    "app.get('/api/me', authenticate, me);",
    "app.post('/api/notes', authenticate, async (q, r) => {",
    '  const { title, stars } = q.body;',
    "  await database.query('insert into notes (title) values ($1)', [title]);",
    '  r.status(201).json(q.body);',
    '});',
    "app.get('/api/notes', authenticate, list);",
    "function authenticate(q) { jwt.verify(q.headers.authorization.split(' ')[1]); }",
  ].join('\n'),
};

test('an app that speaks JSON and knows its visitors by a token gets a draft that does', (t) => {
  const text = draftScenario(folderWith(t, noted));
  const lines = text.split('\n');
  for (const line of [
    '  #   request: POST /api/notes  # server.js:8',
    '  #   json: { title: "{token}", stars: 1 }',
    '  #   status: 201',
    '  #   signed-in: true',
    '  #   headers: { Authorization: "Bearer {bearer}" }',
    '  # slow: { of: write, by: lock, table: notes }',
    '#   sign-up: { request: POST /api/register, json: { email: dozen@example.com, password: "{token}" }, status: 201 }  # server.js:5',
    '#   begin: { request: POST /api/login, json: { email: dozen@example.com, password: "{token}" } }  # server.js:6',
    `#   keeps: { bearer: '"accessToken":"([^"]+)"' }  # from the answer to begin`,
    '#   check: { request: GET /api/me, headers: { Authorization: "Bearer {bearer}" }, matches: dozen }  # server.js:7',
    '#   - variable: GREETING',
    '#     request: GET /health  # server.js:4',
  ])
    assert.ok(lines.includes(line), `${line} in ${text}`);
  assert.doesNotMatch(text, /no such route was seen.*(?:register|login|me)|LOG_LEVEL/);
  const { requests, session, config } = opened(text);
  assert.equal(requests.write?.encoding, 'json');
  assert.ok(requests.read?.signedIn && requests.slow?.by === 'lock');
  assert.deepEqual(Object.keys(session?.keeps ?? {}), ['bearer']);
  assert.deepEqual(
    config.map(({ variable }) => variable),
    ['GREETING'],
  );
});

test('what was not seen is said to be not seen', (t) => {
  const text = draftScenario(folderWith(t, { 'server.js': "app.post('/orders', take);" }));
  for (const line of [
    '  #   request: POST /orders  # server.js:1',
    '  #   request: GET /entries  # no such route was seen: write its path here',
    '  # fail: GET /debug/fail  # no such route was seen: write its path here',
    '#   begin: { request: POST /login, form: { name: dozen } }  # no such route was seen: write its path here',
    '#   check: { request: GET /me, matches: dozen }  # no such route was seen: write its path here',
    '#   - variable: TITLE  # no variable with a text was seen: write its name here',
    '#     request: GET /  # no such route was seen: write its path here',
    '#   worker: worker  # the Procfile has no such process type',
    '#   done: { request: GET /jobs, matches: "{token}[^}]*done" }  # no such route was seen: write its path here',
  ])
    assert.ok(text.split('\n').includes(line), `${line} in ${text}`);
});

test('a level of the log is drafted where the app reads one and writes lines of it', (t) => {
  const server =
    "import pino from 'pino';\nconst log = pino({ level: process.env.LOG_LEVEL });\napp.get('/up', () => log.debug('up'));";
  assert.match(
    draftScenario(folderWith(t, { 'server.js': server })),
    /^# {3}- \{ variable: LOG_LEVEL, value: debug, request: GET \/up, line: '"level":20' \}$/m,
  );
});

test('a health path of app.json is the cheap request', (t) => {
  const appJson = JSON.stringify({ dozen: { processes: { web: { health: '/up' } } } });
  assert.match(
    draftScenario(folderWith(t, { 'app.json': appJson })),
    /^ {2}cheap: GET \/up {2}# app\.json: the health path of web$/m,
  );
});

test('a process type whose name is a number is a text in a draft', (t) => {
  const text = draftScenario(folderWith(t, { Procfile: 'web: x\n123: node work.js\n' }));
  assert.equal(opened(text).jobs?.worker, '123');
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
