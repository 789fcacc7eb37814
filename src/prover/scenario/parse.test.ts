import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DozenError } from '../../base/error.ts';
import { parseScenario } from './parse.ts';
import { emptyScenario, type Scenario } from './scenario.ts';
import { scenarioLimit } from './yaml-document.ts';

const where = 'dozen.check.yaml';
const probes = ['logs/writes-no-log-file', 'codebase/builds-from-a-clean-clone'];

function read(text: string): Scenario {
  return parseScenario(text, { where, probes });
}

/** What is said about a text that is refused: message, and hint behind an arrow. */
function said(text: string): string {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof DozenError);
    assert.equal(error.code, 'SCENARIO_INVALID');
    return `${error.message.replace('Cannot read the scenario dozen.check.yaml: ', '')} → ${error.hint}`;
  }
  return assert.fail('accepted');
}

const plainRequest = {
  headers: {},
  body: null,
  encoding: 'none',
  takes: [],
  status: null,
  matches: null,
  signedIn: false,
};

test('a scenario of every section becomes what it says', () => {
  const scenario = read(`
env: { STAMP_DELAY_MS: "100" }
env-file: .env.check
start-within: 30s
requests:
  cheap: GET /healthz
  write:
    request: POST /entries
    form: { name: Dozen & Söhne, message: "{token}" }
    status: 303
  read: { request: GET /entries.json, matches: '"{token}"' }
  slow: { of: write, by: lock, table: entries }
  fail: { request: GET /fail, headers: { Accept: text/html } }
session:
  begin: { request: POST /login, json: { name: dozen } }
  check: { request: GET /me, matches: dozen }
config:
  - { variable: TITLE, value: "Proof {token}", request: GET /, matches: "Proof {token}" }
  - { variable: LOG_LEVEL, value: debug, request: GET /, line: '"level":20' }
jobs:
  worker: worker
  enqueue: write
  done: { request: GET /entries.json, matches: '{token}.*done' }
  done-line: '"outcome":"done"'
  slow-env: { STAMP_DELAY_MS: "60000" }
admin:
  - node dist/migrate.js
accept:
  - { probe: logs/writes-no-log-file, reason: The audit trail., until: 2027-03-01 }
`);
  const write = {
    method: 'POST',
    path: '/entries',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'name=Dozen+%26+S%C3%B6hne&message={token}',
    encoding: 'form',
    takes: [],
    status: 303,
    matches: null,
    signedIn: false,
  };
  assert.deepEqual(scenario, {
    env: { STAMP_DELAY_MS: '100' },
    envFile: '.env.check',
    startMs: 30_000,
    requests: {
      cheap: { ...plainRequest, method: 'GET', path: '/healthz' },
      write,
      writesNothing: false,
      read: { ...plainRequest, method: 'GET', path: '/entries.json', matches: '"{token}"' },
      slow: { by: 'lock', request: write, table: 'entries' },
      fail: { ...plainRequest, method: 'GET', path: '/fail', headers: { Accept: 'text/html' } },
    },
    session: {
      signUp: null,
      begin: {
        ...plainRequest,
        method: 'POST',
        path: '/login',
        headers: { 'Content-Type': 'application/json' },
        body: '{"name":"dozen"}',
        encoding: 'json',
      },
      check: { ...plainRequest, method: 'GET', path: '/me', matches: 'dozen' },
      keeps: {},
    },
    config: [
      {
        variable: 'TITLE',
        value: 'Proof {token}',
        line: null,
        request: { ...plainRequest, method: 'GET', path: '/', matches: 'Proof {token}' },
      },
      {
        variable: 'LOG_LEVEL',
        value: 'debug',
        line: '"level":20',
        request: { ...plainRequest, method: 'GET', path: '/' },
      },
    ],
    jobs: {
      worker: 'worker',
      enqueue: write,
      done: { ...plainRequest, method: 'GET', path: '/entries.json', matches: '{token}.*done' },
      doneLine: '"outcome":"done"',
      takenLine: null,
      slowEnv: { STAMP_DELAY_MS: '60000' },
    },
    admin: ['node dist/migrate.js'],
    accept: [{ probe: 'logs/writes-no-log-file', reason: 'The audit trail.', until: '2027-03-01' }],
  });
});

test('an empty file, and one of comments, says nothing', () => {
  for (const text of ['', '# nothing yet\n', '---\n', '{}']) assert.deepEqual(read(text), emptyScenario);
});

test('an app may say that no request of it writes anything', () => {
  const { write, writesNothing } = read('requests: { write: none }').requests;
  assert.deepEqual({ write, writesNothing }, { write: null, writesNothing: true });
});

test('what read shows must have the token in it, unless the scenario says what else', () => {
  const readOf = (text: string) => read(`requests: { read: ${text} }`).requests.read?.matches;
  assert.equal(readOf('GET /x'), '{token}');
  assert.equal(readOf('{ request: "GET /x/{token}", status: 200 }'), null);
  assert.equal(readOf('{ request: GET /x, matches: y }'), 'y');
});

test('a body says itself what it is', () => {
  const text =
    'requests: { write: { request: POST /x, body: "{token}", headers: { content-type: text/csv } } }';
  assert.deepEqual(read(text).requests.write?.headers, { 'content-type': 'text/csv' });
  const form = text.replace('body: "{token}"', 'form: { a: "{token}" }');
  assert.deepEqual(read(form).requests.write?.headers, { 'content-type': 'text/csv' });
});

test('an anchor may stand for a request that is written twice', () => {
  const scenario = read('requests: { cheap: &home { request: GET / }, fail: *home }');
  assert.deepEqual(scenario.requests.fail, scenario.requests.cheap);
});

/** What is written, and the whole of what is said about it. */
const complaints: readonly (readonly [string, string])[] = [
  [
    'requests:\n  chaep: GET /\n',
    'line 2, column 3: requests.chaep: there is no such key; known in requests are cheap, write, read, slow, fail → Write cheap instead of "chaep"',
  ],
  [
    'zzz: 1',
    'line 1, column 1: zzz: there is no such key; known here are env, env-file, start-within, requests, session, config, jobs, admin, accept → Remove "zzz", or write one of those',
  ],
  [
    'jobs: { worker: w, enqeue: write, done: GET / }',
    'line 1, column 20: jobs.enqeue: there is no such key; known in jobs are worker, enqueue, done, done-line, taken-line, slow-env → Write enqueue instead of "enqeue"',
  ],
  [
    'accept:\n  - probe: logs/x\n    raeson: r\n    until: 2027-01-01\n',
    'line 3, column 5: accept[0].raeson: there is no such key; known in accept[0] are probe, reason, until → Write reason instead of "raeson"',
  ],
  ['jobs: { worker: w }', 'line 1, column 1: jobs: enqueue is missing → Write "enqueue: …" under jobs'],
  [
    'requests:\n  cheap: get /\n',
    'line 2, column 3: requests.cheap: expected a method and a path, such as GET /healthz, got "get /" → Correct line 2 of dozen.check.yaml',
  ],
  [
    'requests: { cheap: 3 }',
    'line 1, column 13: requests.cheap: expected a text or keys with values, got a whole number → Correct line 1 of dozen.check.yaml',
  ],
  [
    'requests: { cheap: { request: GET /, status: 42 } }',
    'line 1, column 38: requests.cheap.status: expected a whole number from 100 to 599 → Correct line 1 of dozen.check.yaml',
  ],
  [
    'requests: { cheap: { request: GET /, status: 204.5 } }',
    'line 1, column 38: requests.cheap.status: expected a whole number, got a number → Correct line 1 of dozen.check.yaml',
  ],
  [
    'requests:\n',
    'line 1, column 1: requests: expected keys with values, got nothing → Write a value behind the key, or "#" before it',
  ],
  [
    'env: { KEY: 1 }',
    'line 1, column 8: env.KEY: expected a text, got a whole number → Put the value in quotes',
  ],
  [
    'requests: { write: { request: POST /, form: { "a\\nb": 1 } } }',
    'line 1, column 47: requests.write.form["a\\nb"]: expected a text, got a whole number → Put the value in quotes',
  ],
  [
    'env: { PORT: "1" }',
    'line 1, column 8: env.PORT: reserved: the platform or its shell sets it → Correct line 1 of dozen.check.yaml',
  ],
  [
    'env-file: ../.env',
    `line 1, column 1: env-file: expected a file in the app's folder, got "../.env" → Write env-file: .env.check`,
  ],
  [
    'start-within: 11m',
    'line 1, column 1: start-within: expected at most 10m, got "11m" → Correct line 1 of dozen.check.yaml',
  ],
  [
    'start-within: soon',
    'line 1, column 1: start-within: expected seconds or minutes, such as 30s or 2m, got "soon" → Correct line 1 of dozen.check.yaml',
  ],
  [
    'requests: { write: POST / }',
    'line 1, column 13: requests.write: nothing that is sent has {token} in it → Put {token} into its path, form, json or body, so that what it wrote can be known again',
  ],
  [
    'requests: { cheap: { request: POST /, form: { a: b }, body: c } }',
    'line 1, column 55: requests.cheap.body: the request has form already → Keep form or body, not both',
  ],
  [
    'requests: { cheap: { request: GET /, body: c } }',
    'line 1, column 22: requests.cheap.request: a GET has no body → Use POST, or remove the body',
  ],
  [
    'requests: { cheap: { request: GET /, headers: { Host: a } } }',
    'line 1, column 49: requests.cheap.headers.Host: Dozen sets it → Remove Host',
  ],
  [
    'requests: { cheap: { request: GET /, headers: { A b: a } } }',
    'line 1, column 49: requests.cheap.headers["A b"]: not the name of a header → Correct line 1 of dozen.check.yaml',
  ],
  [
    'requests: { cheap: { request: GET /, headers: { A: "a\\nB: c" } } }',
    'line 1, column 49: requests.cheap.headers.A: not the value of a header → Correct line 1 of dozen.check.yaml',
  ],
  [
    "requests: { read: { request: GET /, matches: '(?=a)' } }",
    'line 1, column 37: requests.read.matches: not a pattern of RE2: invalid or unsupported Perl syntax: `(?=` → Write \\ before a sign that is meant as it stands; RE2 knows no look-around and no back-references',
  ],
  [
    "jobs: { worker: w, enqueue: 'POST /{token}', done: 'GET /{token}', done-line: '(' }",
    'line 1, column 68: jobs.done-line: not a pattern of RE2: missing closing ): `(` → Write \\ before a sign that is meant as it stands; RE2 knows no look-around and no back-references',
  ],
  [
    'requests: { write: nothing }',
    'line 1, column 13: requests.write: expected none, or a method and a path, such as GET /healthz, got "nothing" → Correct line 1 of dozen.check.yaml',
  ],
  [
    'requests: { slow: { of: write, by: body } }',
    'line 1, column 21: requests.slow.of: requests.write is not there → Write "write: …" under requests',
  ],
  [
    'requests: { slow: { of: GET /, by: lok } }',
    'line 1, column 32: requests.slow.by: expected one of itself, body, lock, got "lok" → Correct line 1 of dozen.check.yaml',
  ],
  [
    'requests: { slow: { of: GET /, by: lock } }',
    'line 1, column 13: requests.slow: table is missing → Write "table: …", the table that the request needs',
  ],
  [
    'requests: { slow: { of: GET /, by: lock, table: "a; drop" } }',
    'line 1, column 42: requests.slow.table: expected the name of a table, such as entries or shop.orders, got "a; drop" → Correct line 1 of dozen.check.yaml',
  ],
  [
    'requests: { slow: { of: GET /, by: itself, table: a } }',
    'line 1, column 44: requests.slow.table: a table says nothing with by: itself → Write by: lock',
  ],
  [
    'requests: { slow: { of: GET /, by: body } }',
    'line 1, column 13: requests.slow: the request has no body of two halves → Write by: lock or by: itself',
  ],
  [
    'session: { begin: GET /, check: GET / }',
    'line 1, column 26: session.check: nothing tells a visitor who is remembered → Write "matches: …" or "status: …" under session.check',
  ],
  [
    'jobs: { worker: w, enqueue: GET /, done: GET / }',
    'line 1, column 20: jobs.enqueue: nothing that is sent has {token} in it → Put {token} into its path, form, json or body, so that what it wrote can be known again',
  ],
  [
    "jobs: { worker: w, enqueue: 'POST /{token}', done: GET / }",
    'line 1, column 46: jobs.done: nothing tells the job of the token from another → Put {token} into its path or into "matches: …"',
  ],
  [
    'jobs: { worker: a b, enqueue: write, done: GET / }',
    'line 1, column 9: jobs.worker: expected a process type of the Procfile, such as worker, got "a b" → Correct line 1 of dozen.check.yaml',
  ],
  [
    'config: [{ variable: 1a, value: b, request: GET /, matches: b }]',
    'line 1, column 12: config[0].variable: not a variable name: letters, digits and "_", not starting with a digit or "DOZEN_", at most 255 characters → Correct line 1 of dozen.check.yaml',
  ],
  [
    'config: [{ variable: A, value: b, request: GET /, matches: "" }]',
    'line 1, column 51: config[0].matches: expected a text of 1 to 1000 characters → Correct line 1 of dozen.check.yaml',
  ],
  [
    'config: [{ variable: A, value: b, request: GET / }]',
    'line 1, column 10: config[0]: nothing tells what the value changes → Write "matches: …" of the answer, or "line: …" of what is logged',
  ],
  [
    "config: [{ variable: A, value: b, request: GET /, line: '(' }]",
    'line 1, column 51: config[0].line: not a pattern of RE2: missing closing ): `(` → Write \\ before a sign that is meant as it stands; RE2 knows no look-around and no back-references',
  ],
  [
    'admin: [" "]',
    'line 1, column 9: admin[0]: expected a command in one line → Correct line 1 of dozen.check.yaml',
  ],
  [
    `admin: [${'a,'.repeat(21)}]`,
    'line 1, column 1: admin: expected at most 20 entries → Correct line 1 of dozen.check.yaml',
  ],
  [
    'admin: node migrate.js',
    'line 1, column 1: admin: expected a list, got a text → Correct line 1 of dozen.check.yaml',
  ],
  [
    'accept: [{ probe: logs/writes-no-logfile, reason: r, until: 2027-01-01 }]',
    'line 1, column 12: accept[0].probe: there is no probe "logs/writes-no-logfile" → Write logs/writes-no-log-file',
  ],
  [
    'accept: [{ probe: logs/xyz, reason: r, until: 2027-01-01 }]',
    'line 1, column 12: accept[0].probe: there is no probe "logs/xyz" → Write the id of a probe as the report has it',
  ],
  [
    'accept: [{ probe: log/xyz, reason: r, until: 2027-01-01 }]',
    'line 1, column 12: accept[0].probe: expected the id of a probe, such as logs/writes-no-log-files, got "log/xyz" → Correct line 1 of dozen.check.yaml',
  ],
  [
    'accept: [{ probe: logs/writes-no-log-file, reason: r, until: 2026-02-30 }]',
    'line 1, column 55: accept[0].until: there is no such day as 2026-02-30 → Correct line 1 of dozen.check.yaml',
  ],
  [
    `accept: [${'{ probe: logs/writes-no-log-file, reason: r, until: 2026-02-03 },'.repeat(2)}]`,
    'line 1, column 77: accept[1].probe: logs/writes-no-log-file is accepted already, in accept[0] → Correct line 1 of dozen.check.yaml',
  ],
  ['- a', 'line 1, column 1: expected keys with values, got a list → Correct line 1 of dozen.check.yaml'],
];

test('what is wrong is told with its place, its path and what to type', () => {
  assert.deepEqual(
    complaints.map(([text]) => said(text)),
    complaints.map(([, complaint]) => complaint),
  );
});

/** Texts that are no document, or more than one. */
const hostile: readonly (readonly [string, string])[] = [
  ['a: 1\na: 2', 'line 2, column 1: the key stands there twice → Remove one of them'],
  ['env:\n\tA: b', 'line 2, column 1: a tab indents it → Indent with spaces'],
  [
    'a: !!js/function x',
    'line 1, column 4: a tag has no meaning here → Remove the word that begins with "!"',
  ],
  [
    'env: !!map { A: b }',
    'line 1, column 12: env: a tag has no meaning here → Remove the word that begins with "!"',
  ],
  [
    'admin: [!!binary aGk=]',
    'line 1, column 18: admin[0]: a tag has no meaning here → Remove the word that begins with "!"',
  ],
  ['? [a]\n: b', 'line 1, column 3: a key is not a text → Put the key in quotes'],
  ['1: a', 'line 1, column 1: a key is not a text → Put the key in quotes'],
  ['%YAML 1.1\n---\nenv: {}', 'line 1, column 1: expected YAML 1.2 → Remove the line that begins with %YAML'],
  [
    '---\nenv: {}\n---\nenv: {}',
    'line 3, column 1: a second document begins → Remove the line "---" between them',
  ],
  ['a: *b', 'line 1, column 4: a: an alias names no anchor before it → Correct line 1 of dozen.check.yaml'],
  ['env: "', 'line 1, column 7: not YAML: Missing closing "quote → Correct line 1 of dozen.check.yaml'],
  [
    'a: b: c',
    'line 1, column 4: not YAML: Nested mappings are not allowed in compact mappings → Put the text in quotes',
  ],
  [
    'a: &a [*a]',
    'line 1, column 8: a[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: it is nested over 16 levels deep → Correct line 1 of dozen.check.yaml',
  ],
  ['env: { A: \0 }', 'line 1 has a control character → Save dozen.check.yaml as text in UTF-8'],
  ['\x7fELF\x02\x01\x01', 'line 1 has a control character → Save dozen.check.yaml as text in UTF-8'],
  [
    'x'.repeat(scenarioLimit + 1),
    '65537 bytes are over the limit of 65536 → Keep in dozen.check.yaml what the check needs, and nothing else',
  ],
];

test('a hostile text is refused for what it is', () => {
  assert.deepEqual(
    hostile.map(([text]) => said(text)),
    hostile.map(([, complaint]) => complaint),
  );
});

test('a text that grows when it is read, or is nested without end, is refused before it does', () => {
  const lists = [...'abcdefghi'].map((name, index) => {
    const inner = index === 0 ? 'x' : `*${'abcdefghi'[index - 1]}`;
    return `${name}: &${name} [${Array.from({ length: 9 }, () => inner).join(', ')}]\n`;
  });
  assert.match(said(lists.join('')), /it has over 32 aliases/);
  assert.match(said(`a: [${'x,'.repeat(20_000)}]`), /it has over 10000 values/);
  for (const opening of ['[', '- ', '{a: ', '? ']) {
    assert.match(
      said(opening.repeat(scenarioLimit / opening.length)),
      /nested over 16 levels deep|a key is not a text/,
    );
  }
});

test('whatever there is too much of, one thing is told', () => {
  const keys = Array.from({ length: 40 }, (_, index) => `k${index}: ${index}`).join(', ');
  assert.match(
    said(`requests: { cheap: { request: GET /, ${keys} } }`),
    /requests\.cheap\.k0: there is no such key/,
  );
  assert.match(said(`requests: { ${keys}, cheap: 1 }`), /requests\.k0: there is no such key/);
});

test('a value of a variable is never part of a complaint', () => {
  for (const text of [
    'env: { A: [hunter2] }',
    'env: { 1: hunter2 }',
    'env: { A-B: hunter2 }',
    'env: { A: !x hunter2 }',
  ])
    assert.doesNotMatch(said(text), /hunter2/);
});

const words = fc.constantFrom(
  ...[
    'requests',
    'cheap',
    'write',
    'slow',
    'jobs',
    'accept',
    'config',
    'env',
    'GET /',
    '{token}',
    '__proto__',
  ],
  ...[
    ': ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '|',
    '>',
    '&a',
    '*a',
    '!x',
    '#',
    ',',
    '?',
    '1',
    '~',
    '\t',
    '%',
    '---\n',
  ],
);

test('any text is read or refused with a code', () => {
  const refusedWithCode = (text: string) => {
    try {
      read(text);
    } catch (error) {
      assert.ok(error instanceof DozenError, String(error));
    }
  };
  const text = fc.array(fc.oneof({ weight: 5, arbitrary: words }, fc.string({ unit: 'binary' })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(text, (parts) => refusedWithCode(parts.join(''))),
    { numRuns: 2000 },
  );
  const members = fc.dictionary(
    fc.constantFrom(
      'requests',
      'session',
      'config',
      'jobs',
      'admin',
      'accept',
      'env',
      'env-file',
      'start-within',
    ),
    fc.object({ key: words, maxDepth: 3 }),
  );
  fc.assert(
    fc.property(members, (document) => refusedWithCode(JSON.stringify(document))),
    { numRuns: 500 },
  );
});
