import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declares } from './declares.ts';
import { type Handler, unseenHandler } from './handler.ts';
import { knownApp } from './known-app.ts';
import { likelyRoutes } from './likely-routes.ts';
import { saidIn } from './parse.ts';
import { proveLinesFor } from './prove-lines.ts';
import type { Route } from './route.ts';
import { unseenWays, type Ways } from './ways.ts';

const route = (at: string, more: Partial<Route> = {}): Route => {
  const [method = '', path = ''] = at.split(' ');
  return { method, path, file: 'server.js', line: 3, certain: true, handler: unseenHandler, ...more };
};
const doing = (handler: Partial<Handler>): Pick<Route, 'handler'> => ({
  handler: { ...unseenHandler, ...handler },
});
const text = (name: string) => ({ name, kind: 'text' }) as const;
const shop = [route('GET /up'), route('POST /orders'), route('GET /orders.json', { line: 9 })];

const where = 'dozen.check.yaml';

interface Given extends Partial<Declares> {
  readonly routes?: readonly Route[];
  readonly said?: string;
  readonly ways?: Partial<Ways>;
}

const lines = (
  example: readonly string[],
  { routes = shop, said = '', ways = {}, texts = [], tables = false }: Given = {},
): readonly string[] =>
  proveLinesFor(
    knownApp({
      seen: { routes, ways: { ...unseenWays, ...ways } },
      declares: { texts, tables },
      said: saidIn(said, where),
    }),
    example.join('\n'),
  ).split('\n');

const state = [
  'requests:',
  '  write: { request: POST /entries, form: { message: "{token}" } }',
  '  read: { request: GET /entries, matches: "{token}" }',
];
const orNothing = ['# or, for an app that keeps nothing:', '# requests: { write: none }'];

test('lines are made of the routes of the app, with where they were seen', () => {
  assert.deepEqual(lines([...state, ...orNothing]), [
    'requests:',
    '  write:',
    '    request: POST /orders # server.js:3',
    '    form:',
    '      message: "{token}"',
    '  read:',
    '    request: GET /orders.json # server.js:9',
    '    matches: "{token}"',
    ...orNothing,
  ]);
  assert.deepEqual(lines(['requests:', '  cheap: GET /healthz']), [
    'requests:',
    '  cheap: GET /up # server.js:3',
  ]);
});

test('a route that may stand behind a prefix is said to', () => {
  const routes = [route('POST /orders', { certain: false, file: 'sh\u{1b}op.js' })];
  assert.ok(
    lines(state, { routes }).includes('    request: POST /orders # sh?op.js:3, perhaps behind a prefix'),
  );
});

test('where no route is known the lines are the example, and say so', () => {
  assert.deepEqual(lines(state, { routes: [] }), [
    'requests:',
    '  write:',
    '    request: POST /entries # no such route was seen: write its path here',
    '    form:',
    '      message: "{token}"',
    '  read:',
    '    request: GET /entries # no such route was seen: write its path here',
    '    matches: "{token}"',
  ]);
});

test('an app that reads JSON is sent JSON, with the names and the status that its code shows', () => {
  const ways = { body: 'json' } as const;
  assert.deepEqual(lines(state, { ways }).slice(0, 5), [
    'requests:',
    '  write:',
    '    request: POST /orders # server.js:3',
    '    json:',
    '      message: "{token}"',
  ]);
  const fields = [text('title'), text('email'), { name: 'stars', kind: 'number' } as const];
  const routes = [route('POST /orders', doing({ fields, status: 201 })), route('GET /orders')];
  assert.deepEqual(lines(state, { routes, ways }).slice(3, 8), [
    '    json:',
    '      title: "{token}"',
    '      email: "{token}@example.com"',
    '      stars: 1',
    '    status: 201',
  ]);
  assert.deepEqual(lines(state, { routes }).slice(3, 8), [
    '    form:',
    '      title: "{token}"',
    '      email: "{token}@example.com"',
    '      stars: "1"',
    '    status: 201',
  ]);
});

test('where no field is a text the first has the token', () => {
  const routes = [route('POST /orders', doing({ fields: [{ name: 'count', kind: 'number' }] }))];
  assert.ok(lines(state, { routes }).includes('      count: "{token}"'));
});

test('what is made to last is the request that writes', () => {
  const slow = ['requests:', '  slow: { of: "GET /one-that-lasts", by: itself }'];
  const write = 'requests: { write: { request: POST /orders, json: { item: "{token}" } } }';
  const selling = [route('POST /orders', doing({ table: 'orders' }))];
  const lasting = ['requests:', '  slow:', '    of: write'];
  assert.deepEqual(lines(slow, { said: write }), [...lasting, '    by: body']);
  assert.deepEqual(lines(slow, { said: write, routes: selling }), [...lasting, '    by: body']);
  assert.deepEqual(lines(slow, { said: write, routes: selling, tables: true }), [
    ...lasting,
    '    by: lock',
    '    table: orders',
  ]);
  assert.deepEqual(lines(slow, { said: 'requests: { write: "POST /orders/{token}" }', tables: true }), [
    ...lasting,
    '    by: lock',
    '    table: THE_TABLE # the table that write needs',
  ]);
  assert.deepEqual(lines(slow), [
    'requests:',
    '  write:',
    '    request: POST /orders # server.js:3',
    '    form:',
    '      message: "{token}"',
    '  slow:',
    '    of: write',
    '    by: body',
  ]);
  assert.deepEqual(lines(slow, { said: 'requests: { write: none }' }), slow);
});

test('a job is the write of the scenario, where nothing else enqueues one', () => {
  const jobs = [
    'jobs:',
    '  worker: worker',
    '  enqueue: { request: POST /jobs, form: { message: "{token}" } }',
    '  done: { request: GET /jobs, matches: "{token}[^}]*done" }',
  ];
  const said =
    'requests: { write: "POST /orders/{token}" }\nsession: { begin: GET /, check: { request: GET /, status: 200 } }';
  assert.deepEqual(lines(jobs, { said }), [
    'jobs:',
    '  worker: worker',
    '  enqueue: write',
    '  done:',
    '    request: GET /orders.json # server.js:9',
    '    matches: "{token}[^}]*done" # "done" behind the token, before the next }',
    '# a request that needs a visitor who has signed in: signed-in: true',
  ]);
  const routes = [...shop, route('POST /jobs')];
  assert.ok(lines(jobs, { said, routes }).includes('    request: POST /jobs # server.js:3'));
});

test('a change is of a variable that people read, at a page that shows it', () => {
  const config = [
    'config:',
    '  - { variable: MAX, value: "Proof {token}", request: GET /, matches: "Proof {token}" }',
  ];
  const routes = [route('GET /up'), route('GET /about', { line: 7, ...doing({ variables: ['SLOGAN'] }) })];
  const [, variable, , request] = lines(config, { routes, texts: ['TITLE', 'SLOGAN'] });
  assert.equal(variable, '  - variable: SLOGAN');
  assert.equal(request, '    request: GET /about # server.js:7');
  assert.equal(
    lines(config, { texts: ['TITLE'] })[3],
    '    request: GET /up # server.js:3; or another page that shows it',
  );
  assert.deepEqual(lines(config, { routes, ways: { debugLine: '"level":20' } }), [
    'config:',
    '  - variable: LOG_LEVEL',
    '    value: debug',
    '    request: GET /up',
    `    line: '"level":20'`,
  ]);
  assert.equal(
    lines(config, { routes })[1],
    '  - variable: MAX # or another one, whose value an answer has in it',
  );
});

test('what the scenario has is left out', () => {
  const said = 'requests: { cheap: GET /up, write: "POST /orders/{token}" }';
  assert.deepEqual(lines([...state, ...orNothing], { said }), [
    'requests:',
    '  read:',
    '    request: GET /orders.json # server.js:9',
    '    matches: "{token}"',
  ]);
  const jobs = [
    'jobs:',
    '  worker: worker',
    '  enqueue: write',
    '  done: GET /jobs/{token}',
    "  done-line: 'x'",
  ];
  const hasJobs = 'jobs: { worker: w, enqueue: "POST /{token}", done: "GET /{token}" }';
  assert.deepEqual(lines(jobs, { said: hasJobs }), ['jobs:', '  done-line: x']);
});

test('where the scenario has it all, it is that which is to be corrected', () => {
  const said = 'requests: { write: none, read: GET /x }';
  assert.deepEqual(lines(state, { said }), [
    '# the scenario has requests.write and requests.read already:',
    '# change them so that what is said above no longer happens',
  ]);
});

test('lists go on after what they have', () => {
  const change = (variable: string) => `{ variable: ${variable}, value: x, request: GET /, matches: x }`;
  const said = `admin: [node a.js]\nconfig: [${change('TITLE')}]`;
  assert.deepEqual(lines(['admin:', '  - node a.js', '  - node b.js'], { said }), [
    'admin:',
    '  - node b.js',
  ]);
  assert.deepEqual(lines(['config:', `  - ${change('TITLE')}`], { said }), [
    '# the scenario has config already:',
    '# change it so that what is said above no longer happens',
  ]);
  assert.deepEqual(lines(['config:', `  - ${change('OTHER')}`], { said }), [
    'config:',
    '  - variable: OTHER # or another one, whose value an answer has in it',
    '    value: x',
    '    request: GET /',
    '    matches: x',
  ]);
});

const session = ['session:', '  begin: { request: POST /x }', '  check: { request: GET /y, matches: z }'];

test('a login is spoken of where a request may need one', () => {
  const routes = [route('POST /login'), route('POST /notes'), route('GET /me')];
  assert.deepEqual(lines(state, { routes }).slice(-2), [
    '# a request that needs a visitor who has signed in: signed-in: true, and session',
    '# dozen check --init drafts a scenario that has them',
  ]);
  assert.deepEqual(lines(session, { routes }), [
    'session:',
    '  begin:',
    '    request: POST /login # server.js:3',
    '    form:',
    '      name: dozen',
    '  check:',
    '    request: GET /me # server.js:3',
    '    matches: dozen',
  ]);
  assert.equal(
    lines(state, { said: 'session: { begin: GET /, check: { request: GET /, status: 200 } }' }).at(-1),
    '# a request that needs a visitor who has signed in: signed-in: true',
  );
});

test('a visitor who is known by a token keeps it', () => {
  const routes = [
    route('POST /api/register'),
    route('POST /api/login', doing({ fields: [text('email'), text('password')], tokenKey: 'access_token' })),
    route('POST /api/notes'),
  ];
  const ways = { body: 'json', bearer: true } as const;
  assert.deepEqual(lines(session, { routes, ways }), [
    'session:',
    '  sign-up:',
    '    request: POST /api/register # server.js:3',
    '    json:',
    '      name: dozen',
    '      password: "{token}"',
    '  begin:',
    '    request: POST /api/login # server.js:3',
    '    json:',
    '      email: dozen@example.com',
    '      password: "{token}"',
    '  keeps:',
    `    bearer: '"access_token":"([^"]+)"'`,
    '  check:',
    '    request: GET /me # no such route was seen: write its path here',
    '    headers:',
    '      Authorization: Bearer {bearer}',
    '    matches: dozen',
  ]);
  const hints = (kept: string, session = '') => [
    `# a request that needs a visitor who has signed in: signed-in: true${session}`,
    `# by a token: headers: { Authorization: "Bearer {${kept}}" } too`,
  ];
  assert.deepEqual(lines(state, { routes, ways }).slice(-3, -1), hints('bearer', ', and session'));
  assert.deepEqual(lines(state, { routes, ways, said: keeping }).slice(-2), hints('jwt'));
});

const keeping = [
  'session: { begin: GET /, keeps: { jwt: "(.+)" }, check: { request: GET /, status: 200 } }',
  'requests: { read: GET / }',
].join('\n');

test('a route that asks who the visitor is, is asked by one, whose session the lines have or the scenario', () => {
  const routes = [route('POST /login'), route('POST /notes', doing({ guarded: true })), route('GET /notes')];
  assert.deepEqual(lines(state, { routes }), [
    'requests:',
    '  write:',
    '    request: POST /notes # server.js:3',
    '    form:',
    '      message: "{token}"',
    '    signed-in: true',
    '  read:',
    '    request: GET /notes # server.js:3',
    '    matches: "{token}"',
    'session:',
    '  begin:',
    '    request: POST /login # server.js:3',
    '    form:',
    '      name: dozen',
    '  check:',
    '    request: GET /me # no such route was seen: write its path here',
    '    matches: dozen',
    '# a request that needs a visitor who has signed in: signed-in: true',
  ]);
  const slow = ['requests:', '  slow: { of: "GET /one-that-lasts", by: itself }'];
  assert.ok(lines(slow, { routes }).includes('session:'));
  assert.deepEqual(lines(state, { routes, said: keeping }), [
    'requests:',
    '  write:',
    '    request: POST /notes # server.js:3',
    '    form:',
    '      message: "{token}"',
    '    signed-in: true',
    '    headers:',
    '      Authorization: Bearer {jwt}',
  ]);
});

test('what is no line of a scenario is shown as it is', () => {
  for (const text of [
    'apt-get install strace',
    'In the Procfile: web: COMMAND',
    'git add --all && git commit',
  ])
    assert.deepEqual(lines([text]), [text]);
});

test('what routes are for is told by their paths', () => {
  const found = likelyRoutes(
    [
      'POST /session',
      'POST /password/reset',
      'POST /jobs',
      'POST /api/notes/new',
      'GET /api/notes',
      'GET /',
      'GET /queue',
      'GET /boom',
    ].map((at) => route(at)),
  );
  const paths = Object.fromEntries(Object.entries(found).map(([role, seen]) => [role, seen?.path ?? null]));
  assert.deepEqual(paths, {
    cheap: '/',
    write: '/api/notes/new',
    read: '/api/notes',
    signUp: null,
    signIn: '/session',
    whoAmI: null,
    enqueue: '/jobs',
    jobs: '/queue',
    fail: '/boom',
  });
});
