import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { parseScenario } from '../scenario/parse.ts';
import type { HttpRequest } from '../scenario/scenario.ts';
import { send } from './http.ts';
import { openMember } from './member.ts';

const scenario = parseScenario(
  `
session:
  begin: { request: POST /login, form: { name: "{token}" } }
  check: { request: GET /me, matches: "." }
requests:
  read: { request: GET /me, signed-in: true, status: 200 }
`,
  { where: 'dozen.check.yaml' },
);
const me = scenario.requests.read as HttpRequest;

type Answering = (request: IncomingMessage, response: ServerResponse) => void;

/** A real server, its member, and the paths and cookies of what came. */
async function serving(t: TestContext, answer: Answering, { session = scenario.session } = {}) {
  const came: string[] = [];
  const server = createServer((request, response) => {
    came.push([request.method, request.url, request.headers.cookie].join(' ').trim());
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const place = { port: address.port, now: () => 7 };
  const member = openMember({
    session,
    token: 'k3j',
    send: (sending) => send(place, sending),
    now: place.now,
  });
  return { member, came };
}

const signsIn: Answering = (request, response) => {
  if (request.url === '/login') response.setHeader('set-cookie', ['sid=1; HttpOnly', 'seen=yes']);
  response.end('ok');
};

const limit = { timeout: 10_000 };

test(
  'what is to be sent signed in is sent with the cookies that the session began with',
  limit,
  async (t) => {
    const { member, came } = await serving(t, signsIn);
    const answer = await member.send({ request: me, headers: { cookie: 'lang=de' } });
    assert.deepEqual([answer.status, answer.sent, answer.asExpected], [200, true, true]);
    assert.deepEqual(came, ['POST /login', 'GET /me sid=1; seen=yes; lang=de']);
  },
);

test('requests at once sign in once', limit, async (t) => {
  const { member, came } = await serving(t, signsIn);
  await Promise.all([member.send({ request: me }), member.send({ request: me }), member.signIn()]);
  await member.send({ request: me });
  const cookies = 'GET /me sid=1; seen=yes';
  assert.deepEqual(came, ['POST /login', cookies, cookies, cookies]);
});

test('a cookie that an answer renews is the one that is sent next', limit, async (t) => {
  let turn = 1;
  const { member, came } = await serving(t, (_request, response) => {
    response.setHeader('set-cookie', `sid=${turn}`);
    turn += 1;
    response.end();
  });
  for (let sent = 0; sent < 2; sent += 1) await member.send({ request: me });
  assert.deepEqual(came, ['POST /login', 'GET /me sid=1', 'GET /me sid=2']);
});

test('a visitor who was signed out signs in again', limit, async (t) => {
  const { member, came } = await serving(t, ({ url }, response) => {
    response.setHeader('set-cookie', url === '/login' ? 'sid=1' : 'sid=; Max-Age=0');
    response.end();
  });
  for (let sent = 0; sent < 2; sent += 1) await member.send({ request: me });
  assert.deepEqual(came, ['POST /login', 'GET /me sid=1', 'POST /login', 'GET /me sid=1']);
});

test(
  'where nobody can sign in nothing is sent, the answer says why, and the next tries again',
  limit,
  async (t) => {
    const { member, came } = await serving(t, (_request, response) => {
      response.statusCode = 500;
      response.setHeader('set-cookie', 'error=1');
      response.end();
    });
    const { status, sent, failure, asExpected, atMs } = await member.send({ request: me });
    assert.deepEqual(
      { status, sent, failure, asExpected, atMs },
      {
        status: null,
        sent: false,
        failure: 'cannot sign in: POST /login answered 500',
        asExpected: false,
        atMs: 7,
      },
    );
    await member.send({ request: me });
    assert.deepEqual(came, ['POST /login', 'POST /login']);
  },
);

test('a session that begins without a cookie is none, nor is one that nobody describes', limit, async (t) => {
  const { member } = await serving(t, (_request, response) => response.end());
  assert.equal(await member.signIn(), 'POST /login answered 200 and set no cookie');
  const other = await serving(t, signsIn, { session: null });
  assert.equal(await other.member.signIn(), 'the scenario has no session');
});

test('an app that hangs up says nobody in', limit, async (t) => {
  const { member } = await serving(t, (request) => request.destroy());
  assert.equal(await member.signIn(), 'POST /login got no answer: ECONNRESET');
});
