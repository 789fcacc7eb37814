import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DozenError } from '../../base/error.ts';
import { fillIn } from './fill.ts';
import { parseScenario } from './parse.ts';

const where = 'dozen.check.yaml';
const read = (text: string) => parseScenario(text, { where });

function said(text: string): string {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof DozenError);
    return `${error.message.replace('Cannot read the scenario dozen.check.yaml: ', '')} → ${error.hint}`;
  }
  return assert.fail('accepted');
}

const session = `
session:
  begin: { request: POST /login, form: { name: dozen } }
  check: { request: GET /me, matches: dozen }
`;

test('any request may be sent signed in, and one that is named brings it along', () => {
  const { requests, config, jobs } = read(`${session}
requests:
  cheap: { request: GET /, signed-in: true }
  write: { request: POST /entries, form: { text: "{token}" }, signed-in: true }
  read: { request: GET /entries, signed-in: true }
  slow: { of: write, by: body }
  fail: { request: GET /fail, signed-in: false }
config:
  - { variable: TITLE, value: x, request: GET /, matches: x, signed-in: true }
jobs:
  worker: worker
  enqueue: write
  done: { request: 'GET /jobs/{token}', signed-in: true }
`);
  const sent = [requests.cheap, requests.write, requests.read, requests.slow?.request, requests.fail];
  assert.deepEqual(
    [...sent, config[0]?.request, jobs?.enqueue, jobs?.done].map((request) => request?.signedIn),
    [true, true, true, true, false, true, true, true],
  );
});

test('what is taken, kept and made before is read with it', () => {
  const { session, requests } = read(`
session:
  sign-up: { request: POST /register, form: { name: dozen } }
  begin:
    request: POST /login
    takes: { csrf: { from: GET /login, pattern: 'value="([^"]+)"' } }
    form: { _csrf: "{csrf}", odd: "{other} {" }
  check: { request: GET /me, headers: { Authorization: "Bearer {bearer}" }, status: 200 }
  keeps: { bearer: '"token":"([^"]+)"' }
requests:
  read: { request: 'GET /entries?by={bearer}', signed-in: true }
`);
  assert.deepEqual(session?.begin.takes, [{ name: 'csrf', path: '/login', pattern: 'value="([^"]+)"' }]);
  assert.equal(session?.begin.body, '_csrf={csrf}&odd=%7Bother%7D+%7B');
  assert.equal(session?.signUp?.path, '/register');
  assert.deepEqual(session?.keeps, { bearer: '"token":"([^"]+)"' });
  assert.equal(requests.read?.path, '/entries?by={bearer}');
});

test('a value is written as its place needs it', () => {
  const request = (body: string) =>
    read(
      `requests: { cheap: { request: 'POST /x/{csrf}', takes: { csrf: { from: GET /, pattern: '(.)' } }, ${body} } }`,
    ).requests.cheap ?? assert.fail();
  const values = { csrf: 'a"b+c' };
  const sent = fillIn(request('form: { a: "{csrf}" }, headers: { X: "{csrf}" }'), values);
  assert.deepEqual([sent.path, sent.headers.X, sent.body], ['/x/a%22b%2Bc', 'a"b+c', 'a=a%22b%2Bc']);
  assert.equal(fillIn(request('json: { a: "{csrf}{token}" }'), values).body, '{"a":"a\\"b+c{token}"}');
  assert.equal(fillIn(request('body: "{csrf} {constructor}"'), values).body, 'a"b+c {constructor}');
});

const complaints: readonly (readonly [string, string])[] = [
  [
    'requests:\n  cheap: GET /\n  read:\n    request: GET /entries\n    signed-in: true\n',
    'line 5, column 5: requests.read.signed-in: nothing says how a visitor signs in → Write "session: …", with begin: the request that signs in, and check: one that shows it',
  ],
  [
    'config: [{ variable: A, value: x, request: GET /, matches: x, signed-in: true }]',
    'line 1, column 63: config[0].signed-in: nothing says how a visitor signs in → Write "session: …", with begin: the request that signs in, and check: one that shows it',
  ],
  [
    'requests: { slow: { of: { request: GET /, signed-in: true }, by: itself } }',
    'line 1, column 43: requests.slow.of.signed-in: nothing says how a visitor signs in → Write "session: …", with begin: the request that signs in, and check: one that shows it',
  ],
  [
    'requests: { read: { request: GET /, signed-in: "yes" } }',
    'line 1, column 37: requests.read.signed-in: expected true or false, got a text → Correct line 1 of dozen.check.yaml',
  ],
  [
    'session: { begin: { request: GET /, signed-in: true }, check: GET / }',
    'line 1, column 37: session.begin.signed-in: there is no such key; known in session.begin are request, headers, form, json, body, status, matches, takes → Remove "signed-in", or write one of those',
  ],
  [
    'requests: { cheap: { request: POST /, takes: { csrf: { from: GET /, pattern: "(a)" } }, form: { a: "{crsf}" } } }',
    'line 1, column 48: requests.cheap.takes.csrf: nothing that is sent has {csrf} in it → Put {csrf} into its path, headers, form, json or body',
  ],
  [
    'requests: { cheap: { request: "POST /{csrf}", takes: { csrf: { from: GET /, pattern: "a" } } } }',
    'line 1, column 77: requests.cheap.takes.csrf.pattern: it has no group, which is what is taken → Put ( and ) around the part of it that is meant',
  ],
  [
    'requests: { cheap: { request: "POST /{csrf}", takes: { csrf: { from: GET /, pattern: "(" } } } }',
    'line 1, column 77: requests.cheap.takes.csrf.pattern: not a pattern of RE2: missing closing ): `(` → Write \\ before a sign that is meant as it stands; RE2 knows no look-around and no back-references',
  ],
  [
    'requests: { cheap: { request: POST /, takes: { csrf: { from: POST /, pattern: "(a)" } } } }',
    'line 1, column 56: requests.cheap.takes.csrf.from: expected GET and a path, such as GET /entries/new, got "POST /" → Correct line 1 of dozen.check.yaml',
  ],
  [
    'requests: { cheap: { request: POST /, takes: { token: { from: GET /, pattern: "(a)" } } } }',
    'line 1, column 48: requests.cheap.takes.token: {token} stands for the text of the run → Write another name, such as csrf',
  ],
  [
    'requests: { cheap: { request: POST /, takes: { a-b: { from: GET /, pattern: "(a)" } } } }',
    'line 1, column 48: requests.cheap.takes.a-b: expected a name of letters, digits and "_", at most 31 → Write another name, such as csrf',
  ],
  [
    'session: { begin: GET /, check: { request: GET /, status: 200 }, keeps: { bearer: a } }',
    'line 1, column 75: session.keeps.bearer: it has no group, which is what is taken → Put ( and ) around the part of it that is meant',
  ],
  [
    'session: { begin: GET /, check: { request: GET /, status: 200 }, keeps: { bearer: (a) } }\nrequests: { cheap: "GET /{bearer}" }',
    'line 2, column 13: requests.cheap: {bearer} is known to a visitor who is signed in, and to no other → Write "signed-in: true"',
  ],
];

test('what is wrong with it is told with its place and what to write', () => {
  assert.deepEqual(
    complaints.map(([text]) => said(text)),
    complaints.map(([, complaint]) => complaint),
  );
});
