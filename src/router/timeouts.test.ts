import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ask } from '../../test/router/client.ts';
import { startApp, startEdge } from '../../test/router/edge.ts';
import { codeOf, get, post, reach } from '../../test/router/reach.ts';
import { dial, rawServer } from '../../test/router/wire.ts';
import { defaultTimeouts } from './router.ts';

test('a process without a first byte in time is answered with 504 PROCESS_SLOW', async () => {
  await using app = await rawServer();
  await using edge = await startEdge({ timeouts: { ...defaultTimeouts, firstByteMs: 60 } });
  const { client, process } = await reach(edge, app, get);
  assert.equal(codeOf(await client.until(/\r\n\r\n.+PROCESS/s)), '504 PROCESS_SLOW');
  await process.ended();
  assert.equal((await edge.line()).code, 'PROCESS_SLOW');
  assert.equal(edge.router.busy('one'), 0);
});

/** A port whose queue of connections is full: another one gets no answer at all. */
async function fullPort(): Promise<{ readonly port: number } & AsyncDisposable> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  const [port] = (await once(worker, 'message')) as [number];
  const filling = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(filling.slice(0, 2).map((socket) => once(socket, 'connect')));
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of filling) socket.destroy();
      await worker.terminate();
    },
  };
}

test('a process that takes no connection in time is passed over for the next one', async () => {
  await using full = await fullPort();
  await using app = await startApp((request, response) => request.pipe(response));
  await using edge = await startEdge({ timeouts: { ...defaultTimeouts, connectMs: 60 } });
  edge.serve(full.port, app.port);
  assert.equal((await ask(edge.port, { method: 'POST', body: 'kept' })).body, 'kept');
  edge.serve(full.port);
  const answer = await ask(edge.port);
  assert.deepEqual([answer.status, answer.headers['dozen-error']], [502, 'PROCESS_UNREACHABLE']);
});

const silent = { ...defaultTimeouts, idleMs: 80 };

test('a process that falls silent in the middle of a response is ended, and so is the response', async () => {
  await using app = await rawServer();
  await using edge = await startEdge({ timeouts: silent });
  const { client, process } = await reach(edge, app, get);
  process.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
  await client.until('half');
  await client.ended();
  await process.ended();
  assert.equal((await edge.line()).code, 'PROCESS_SLOW');
});

test('a client that falls silent in the middle of its body is answered with 408 REQUEST_SLOW', async () => {
  await using app = await rawServer();
  await using edge = await startEdge({ timeouts: silent });
  const { client, process } = await reach(edge, app, post(10).concat('half'));
  assert.equal(codeOf(await client.until(/\r\n\r\n.+REQUEST/s)), '408 REQUEST_SLOW');
  await process.ended();
  assert.equal((await edge.line()).code, 'REQUEST_SLOW');
});

test('a client that takes nothing more of its response is given up', async () => {
  await using app = await rawServer();
  await using edge = await startEdge({ timeouts: silent });
  const { client, process } = await reach(edge, app, get);
  client.socket.pause();
  process.send('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n').send(Buffer.alloc(50_000_000));
  assert.equal((await edge.line()).code, 'CLIENT_GONE');
  await process.ended();
});

test('a process that never says continue is too slow, not its client', async () => {
  await using app = await rawServer();
  await using edge = await startEdge({ timeouts: silent });
  const { client } = await reach(edge, app, post(10).replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n'));
  assert.equal(codeOf(await client.until(/\r\n\r\n.+PROCESS/s)), '504 PROCESS_SLOW');
});

test('a process that takes nothing more of a body is too slow', async () => {
  await using app = await rawServer((end) => end.socket.pause());
  await using edge = await startEdge({ timeouts: silent });
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(post(50_000_000)).send(Buffer.alloc(50_000_000));
  assert.equal(codeOf(await client.until(/\r\n\r\n.+PROCESS/s)), '504 PROCESS_SLOW');
});
