import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { HttpRequest } from '../scenario/scenario.ts';
import { credentialsIn, send } from './http.ts';
import { rootRequest } from './watched.ts';

const get: HttpRequest = rootRequest;

async function answering(t: TestContext, answer: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { port: address.port, now: () => 0 };
}

test('an answer that switches to another protocol is no answer', { timeout: 10_000 }, async (t) => {
  const at = await answering(t, (socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
  );
  const { status, failure } = await send(at, { request: get });
  assert.deepEqual({ status, failure }, { status: null, failure: 'it switched to another protocol' });
});

test('an answer that is cut off in the middle of its body is no answer', { timeout: 10_000 }, async (t) => {
  const at = await answering(t, (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'));
  const { status, failure } = await send(at, { request: get });
  assert.deepEqual({ status, failure }, { status: null, failure: 'ECONNRESET' });
});

test('a second half that never comes ends the request and nothing else', { timeout: 10_000 }, async (t) => {
  const at = await answering(t, () => undefined);
  const lost = Promise.reject(Object.assign(new Error('lost'), { code: 'LOST' }));
  const { status, failure } = await send(at, {
    request: { ...get, method: 'POST', body: 'abcd' },
    secondHalf: lost,
  });
  assert.deepEqual({ status, failure }, { status: null, failure: 'LOST' });
});

test('what a request is known by is told apart from its other headers', () => {
  assert.deepEqual(
    credentialsIn({
      Authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.x',
      cookie: 'sid=s%3Aabcdefgh.sig; theme=dark; session=secret1234',
      'X-Api-Key': 'k'.repeat(20),
      'content-type': 'application/json',
      accept: 'text/html,application/xhtml+xml',
    }),
    ['eyJhbGciOiJIUzI1NiJ9.e30.x', 's%3Aabcdefgh.sig', 'secret1234', 'k'.repeat(20)],
  );
  assert.deepEqual(credentialsIn({ cookie: 'a=b', authorization: 'Basic eA==' }), []);
});
