import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DozenError } from '../../base/error.ts';
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
    'line 1, column 37: session.begin.signed-in: there is no such key; known in session.begin are request, headers, form, json, body, status, matches → Remove "signed-in", or write one of those',
  ],
];

test('what is wrong with it is told with its place and what to write', () => {
  assert.deepEqual(
    complaints.map(([text]) => said(text)),
    complaints.map(([, complaint]) => complaint),
  );
});
