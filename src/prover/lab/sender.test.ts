import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { parseScenario } from '../scenario/parse.ts';
import type { HttpRequest } from '../scenario/scenario.ts';
import { send } from './http.ts';
import { openSender, type Sender } from './sender.ts';

const read = (text: string) => parseScenario(text, { where: 'dozen.check.yaml' });

const scenario = read(`
session:
  begin: { request: POST /login, form: { name: "{token}" } }
  check: { request: GET /me, matches: "." }
requests:
  read: { request: GET /me, signed-in: true, status: 200 }
`);
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
  const sender = openSender({
    session,
    token: 'k3j',
    send: (sending) => send(place, sending),
    now: place.now,
  });
  return { sender, came };
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
    const { sender, came } = await serving(t, signsIn);
    const answer = await sender.send({ request: me, headers: { cookie: 'lang=de' } });
    assert.deepEqual([answer.status, answer.sent, answer.asExpected], [200, true, true]);
    assert.deepEqual(came, ['POST /login', 'GET /me sid=1; seen=yes; lang=de']);
  },
);

test('requests at once sign in once', limit, async (t) => {
  const { sender, came } = await serving(t, signsIn);
  await Promise.all([
    sender.send({ request: me }),
    sender.send({ request: me }),
    sender.prepare({ request: me }),
  ]);
  await sender.send({ request: me });
  const cookies = 'GET /me sid=1; seen=yes';
  assert.deepEqual(came, ['POST /login', cookies, cookies, cookies]);
});

test('a cookie that an answer renews is the one that is sent next', limit, async (t) => {
  let turn = 1;
  const { sender, came } = await serving(t, (_request, response) => {
    response.setHeader('set-cookie', `sid=${turn}`);
    turn += 1;
    response.end();
  });
  for (let sent = 0; sent < 2; sent += 1) await sender.send({ request: me });
  assert.deepEqual(came, ['POST /login', 'GET /me sid=1', 'GET /me sid=2']);
});

test('a visitor who was signed out signs in again', limit, async (t) => {
  const { sender, came } = await serving(t, ({ url }, response) => {
    response.setHeader('set-cookie', url === '/login' ? 'sid=1' : 'sid=; Max-Age=0');
    response.end();
  });
  for (let sent = 0; sent < 2; sent += 1) await sender.send({ request: me });
  assert.deepEqual(came, ['POST /login', 'GET /me sid=1', 'POST /login', 'GET /me sid=1']);
});

test(
  'where nobody can sign in nothing is sent, the answer says why, and the next tries again',
  limit,
  async (t) => {
    const { sender, came } = await serving(t, (_request, response) => {
      response.statusCode = 500;
      response.setHeader('set-cookie', 'error=1');
      response.end();
    });
    const { status, sent, failure, asExpected, atMs } = await sender.send({ request: me });
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
    await sender.send({ request: me });
    assert.deepEqual(came, ['POST /login', 'POST /login']);
  },
);

const whyNot = async ({ sender }: { readonly sender: Sender }, request = me) =>
  (await sender.send({ request })).failure;

test('a session that begins without a cookie is none, nor is one that nobody describes', limit, async (t) => {
  const bare = await serving(t, (_request, response) => response.end());
  assert.equal(
    await whyNot(bare),
    'cannot sign in: POST /login answered 200 and set no cookie, and session.keeps takes nothing from it',
  );
  const untold = await serving(t, signsIn, { session: null });
  assert.equal(await whyNot(untold), 'cannot sign in: the scenario has no session');
});

test('an app that hangs up lets nobody in', limit, async (t) => {
  const silent = await serving(t, (request) => request.destroy());
  assert.equal(await whyNot(silent), 'cannot sign in: POST /login got no answer: ECONNRESET');
});

const protectedForms = read(`
session:
  begin:
    request: POST /login
    takes: { csrf: { from: GET /login, pattern: 'value="([^"]+)"' } }
    form: { _csrf: "{csrf}" }
  check: { request: GET /me, status: 200 }
requests:
  write:
    request: POST /notes
    takes: { csrf: { from: GET /notes/new, pattern: 'value="([^"]+)"' } }
    headers: { X-Csrf: "{csrf}" }
    form: { _csrf: "{csrf}", note: "{token}" }
    signed-in: true
`);

/** A form in every answer to a GET, with the number of the answer in it. */
function withForms() {
  const bodies: string[] = [];
  let pages = 0;
  const answer: Answering = async (request, response) => {
    if (request.method === 'GET') {
      pages += 1;
      response.setHeader('content-type', 'text/html');
      response.setHeader('set-cookie', `page=${pages}`);
      response.end(`<input name="_csrf" value="a&#43;b/${pages}==">`);
      return;
    }
    const body = Buffer.concat(await request.toArray()).toString();
    bodies.push(`${request.url} ${body} ${request.headers['x-csrf'] ?? ''}`.trim());
    response.end();
  };
  return { bodies, answer };
}

test('the token of a form is read right before it is sent, by the same visitor', limit, async (t) => {
  const { bodies, answer } = withForms();
  const { sender, came } = await serving(t, answer, { session: protectedForms.session });
  const request = protectedForms.requests.write ?? assert.fail();
  for (const token of ['k1', 'k2']) assert.ok((await sender.send({ request, token })).asExpected);
  assert.deepEqual(came, [
    'GET /login',
    'POST /login page=1',
    'GET /notes/new page=1',
    'POST /notes page=2',
    'GET /notes/new page=2',
    'POST /notes page=3',
  ]);
  assert.deepEqual(bodies, [
    '/login _csrf=a%2Bb%2F1%3D%3D',
    '/notes _csrf=a%2Bb%2F2%3D%3D&note=k1 a+b/2==',
    '/notes _csrf=a%2Bb%2F3%3D%3D&note=k2 a+b/3==',
  ]);
});

test('what was prepared goes out at once', limit, async (t) => {
  const { sender, came } = await serving(t, withForms().answer, { session: protectedForms.session });
  const prepared = await sender.prepare({ request: protectedForms.requests.write ?? assert.fail() });
  assert.ok('sending' in prepared);
  const before = came.length;
  await sender.send(prepared.sending);
  assert.deepEqual(came.slice(before), ['POST /notes page=2']);
});

test('a stranger takes what a form needs too, anew each time', limit, async (t) => {
  const { sender, came } = await serving(t, withForms().answer);
  const request = { ...(protectedForms.requests.write ?? assert.fail()), signedIn: false };
  for (let sent = 0; sent < 2; sent += 1) await sender.send({ request });
  assert.deepEqual(came, ['GET /notes/new', 'POST /notes page=1', 'GET /notes/new', 'POST /notes page=2']);
});

test('where there is nothing to take nothing is sent, and the answer says why', limit, async (t) => {
  const request = { ...(protectedForms.requests.write ?? assert.fail()), signedIn: false };
  const table: readonly (readonly [Answering, string])[] = [
    [(_, response) => response.writeHead(404).end(), 'answered 404'],
    [(_, response) => response.end('no form'), 'answered 200, and nothing in it matches'],
    [
      (_, response) => response.end('value="a\nb"'),
      'answered 200, and what matches is not a text of one line',
    ],
    [(asked) => asked.destroy(), 'got no answer: ECONNRESET'],
  ];
  for (const [answer, why] of table) {
    const place = await serving(t, answer);
    assert.equal(await whyNot(place, request), `cannot take csrf: GET /notes/new ${why}`);
    assert.deepEqual(place.came, ['GET /notes/new']);
  }
});

test(
  'a visitor whom the app does not know signs up first, and one whom it knows signs in all the same',
  limit,
  async (t) => {
    const { session, requests } = read(`
session:
  sign-up: { request: POST /register, form: { name: "{token}" } }
  begin: { request: POST /login, form: { name: "{token}" } }
  check: { request: GET /me, status: 200 }
requests: { read: { request: GET /me, signed-in: true } }
`);
    const request = requests.read ?? assert.fail();
    const known: string[] = [];
    const { sender, came } = await serving(
      t,
      async (asked, response) => {
        const body = Buffer.concat(await asked.toArray()).toString();
        const isKnown = known.includes(body);
        if (asked.url === '/register') {
          response.statusCode = isKnown ? 409 : 201;
          known.push(body);
        } else if (asked.url === '/login') response.statusCode = isKnown ? 200 : 401;
        response.setHeader('set-cookie', asked.url === '/me' ? 'sid=; Max-Age=0' : `sid=${asked.url}`);
        response.end();
      },
      { session },
    );
    for (let sent = 0; sent < 2; sent += 1) assert.ok((await sender.send({ request })).asExpected);
    const once = ['POST /register', 'POST /login', 'GET /me sid=/login'];
    assert.deepEqual(came, [...once, ...once]);
    const closed = await serving(t, (_, response) => response.writeHead(403).end(), { session });
    assert.equal(
      await whyNot(closed, request),
      'cannot sign in: POST /login answered 403, after POST /register answered 403',
    );
  },
);

test('who is known by a token of the first answer sends it with each request', limit, async (t) => {
  const { session, requests } = read(`
session:
  begin: { request: POST /login, json: { name: dozen } }
  keeps: { bearer: '"token":"([^"]+)"' }
  check: { request: GET /me, headers: { Authorization: "Bearer {bearer}" }, status: 200 }
requests:
  read: { request: GET /me, headers: { Authorization: "Bearer {bearer}" }, signed-in: true }
`);
  const request = requests.read ?? assert.fail();
  const shown: (string | undefined)[] = [];
  const { sender, came } = await serving(
    t,
    (asked, response) => {
      if (asked.url === '/me') shown.push(asked.headers.authorization);
      response.end('{"token":"abc"}');
    },
    { session },
  );
  for (let sent = 0; sent < 2; sent += 1) await sender.send({ request });
  assert.deepEqual(came, ['POST /login', 'GET /me', 'GET /me']);
  assert.deepEqual(shown, ['Bearer abc', 'Bearer abc']);
  const other = await serving(t, (_, response) => response.end('{}'), { session });
  assert.equal(
    await whyNot(other, request),
    'cannot sign in: POST /login answered 200, and nothing in it matches for bearer',
  );
});
