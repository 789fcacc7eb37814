import assert from 'node:assert/strict';
import { test } from 'node:test';
import { likelyRoutes } from './likely-routes.ts';
import { saidIn } from './parse.ts';
import { proveLinesFor } from './prove-lines.ts';
import type { Route } from './routes.ts';

const route = (at: string, more: Partial<Route> = {}): Route => {
  const [method = '', path = ''] = at.split(' ');
  return { method, path, file: 'server.js', line: 3, certain: true, ...more };
};
const shop = [route('GET /up'), route('POST /orders'), route('GET /orders.json', { line: 9 })];

const lines = (example: readonly string[], { routes = shop, said = '' } = {}): readonly string[] =>
  proveLinesFor(
    { likely: likelyRoutes(routes), said: saidIn(said, 'dozen.check.yaml') },
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

test('where no route is known the lines are the example', () => {
  assert.deepEqual(lines(state, { routes: [] }), state);
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
    '# requests.write and requests.read of the scenario: correct what it says',
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
    '# config of the scenario: correct what it says',
  ]);
  assert.deepEqual(lines(['config:', `  - ${change('OTHER')}`], { said }), [
    'config:',
    `  - ${change('OTHER')}`,
  ]);
});

test('a login is spoken of where a request may need one', () => {
  const routes = [route('POST /login'), route('POST /notes'), route('GET /me')];
  assert.deepEqual(
    lines(state, { routes }).at(-1),
    '# a request that needs a visitor who has signed in: signed-in: true, and session',
  );
  const session = ['session:', '  begin: { request: POST /x }', '  check: { request: GET /y, matches: z }'];
  assert.deepEqual(lines(session, { routes }), [
    'session:',
    '  begin:',
    '    request: POST /login # server.js:3',
    '  check:',
    '    request: GET /me # server.js:3',
    '    matches: z',
  ]);
  assert.equal(
    lines(state, { said: 'session: { begin: GET /, check: { request: GET /, status: 200 } }' }).at(-1),
    '# a request that needs a visitor who has signed in: signed-in: true',
  );
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
