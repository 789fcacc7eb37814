import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../../test/router/client.ts';
import { type Edge, startApp, startEdge } from '../../test/router/edge.ts';
import { dial, type RawEnd, type RawServer, rawServer } from '../../test/router/wire.ts';
import { defaultTimeouts } from './router.ts';

const get = 'GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n';
const empty = 'HTTP/1.1 204 No Content\r\n\r\n';
const post = (length: number): string =>
  `POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: ${length}\r\n\r\n`;

interface Pair {
  readonly client: RawEnd;
  readonly process: RawEnd;
}

/** A client whose request has reached a process. */
async function reach(edge: Edge, app: RawServer, request: string): Promise<Pair> {
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(request);
  const process = await app.accept();
  await process.until('\r\n\r\n');
  return { client, process };
}

async function answered(edge: Edge, pair: Pair): Promise<Pair> {
  pair.process.send(empty);
  await pair.client.until('204');
  await edge.line();
  return pair;
}

function codeOf(answer: string): string | undefined {
  return /^HTTP\/1\.1 (\d+ ).*?\r\nDozen-Error: (\w+)/s.exec(answer)?.slice(1).join('');
}

test('connections to a process are used again', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const { process } = await answered(edge, await reach(edge, app, get));
  for (let turn = 0; turn < 3; turn++) {
    const client = (await dial(edge.port)).send(get);
    await process.until('\r\n\r\n');
    process.send(empty);
    await client.until('204');
    assert.equal((await edge.line()).connectMs, 0);
  }
  assert.equal(app.accepted, 1);
});

test('a connection that the process wants closed is not used again', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const first = await reach(edge, app, get);
  first.process.send('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
  const response = await first.client.until('\r\n\r\n');
  assert.doesNotMatch(response, /Connection/);
  assert.equal(await first.process.ended(), 'ended');
  first.client.send(get);
  const again = await app.accept();
  await again.until('\r\n\r\n');
});

test('a connection with bytes after its response is not used again, and the bytes reach nobody', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const first = await reach(edge, app, get);
  first.process.send(`${empty}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`);
  await first.client.until('204');
  await first.process.ended();
  first.client.send(get);
  const again = await app.accept();
  await again.until('\r\n\r\n');
  again.send(empty);
  assert.equal(await first.client.until('\r\n\r\n'), empty);
});

test('a process that speaks on an idle connection loses it', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const first = await answered(edge, await reach(edge, app, get));
  first.process.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
  await first.process.ended();
  first.client.send(get);
  const again = await app.accept();
  await again.until('\r\n\r\n');
  again.send(empty);
  assert.equal(await first.client.until('\r\n\r\n'), empty);
});

test('a connection that the process ended while it was idle is not used again', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const { client, process } = await answered(edge, await reach(edge, app, get));
  process.socket.end();
  assert.equal(await process.ended(), 'ended');
  client.send(post(1)).send('x');
  const again = await app.accept();
  await again.until('x');
  again.send(empty);
  await client.until('204');
});

for (const method of ['GET', 'HEAD', 'OPTIONS']) {
  test(`${method} on a kept connection that broke without a byte is sent again on a new one`, async () => {
    await using app = await rawServer();
    await using edge = await startEdge();
    const { client, process } = await answered(edge, await reach(edge, app, get));
    client.send(get.replace('GET', method));
    await process.until('\r\n\r\n');
    process.socket.resetAndDestroy();
    const again = await app.accept();
    assert.match(await again.until('\r\n\r\n'), new RegExp(`^${method} / `));
    again.send(empty);
    await client.until('204');
    assert.equal((await edge.line()).code, null);
  });
}

for (const request of [
  post(0),
  post(1).concat('x'),
  get.replace('GET', 'DELETE'),
  get.replace('GET', 'PUT'),
]) {
  test(`${request.split(' ')[0]} with ${request.length} bytes is not sent twice: 502 PROCESS_BROKE_OFF`, async () => {
    await using app = await rawServer();
    await using edge = await startEdge();
    const { client, process } = await answered(edge, await reach(edge, app, get));
    client.send(request);
    await process.until('\r\n\r\n');
    process.socket.resetAndDestroy();
    assert.equal(codeOf(await client.until(/\r\n\r\n.+PROCESS/s)), '502 PROCESS_BROKE_OFF');
    assert.equal(app.accepted, 1);
    assert.equal(edge.router.busy('one'), 0);
  });
}

test('GET on a new connection that broke without a byte goes once to another process', async () => {
  await using broken = await rawServer((end) => end.socket.once('data', () => end.socket.destroy()));
  await using app = await startApp((_, response) => response.end('ok'));
  await using edge = await startEdge();
  edge.serve(broken.port, app.port);
  for (let turn = 0; turn < 4; turn++) assert.equal((await ask(edge.port)).body, 'ok');
});

test('a request that breaks every process breaks no more than two', async () => {
  const breaks = (end: RawEnd): void => void end.socket.once('data', () => end.socket.destroy());
  await using one = await rawServer(breaks);
  await using two = await rawServer(breaks);
  await using three = await rawServer(breaks);
  await using edge = await startEdge();
  edge.serve(one.port, two.port, three.port);
  const answer = await ask(edge.port);
  assert.deepEqual([answer.status, answer.headers['dozen-error']], [502, 'PROCESS_BROKE_OFF']);
  assert.equal(one.accepted + two.accepted + three.accepted, 2);
});

test('a process that stops in the middle of its head has broken off, and is not asked again', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const { client, process } = await answered(edge, await reach(edge, app, get));
  client.send(get);
  await process.until('\r\n\r\n');
  process.send('HTTP/1.1 200 OK\r\nX: ');
  process.socket.end();
  assert.equal(codeOf(await client.until(/\r\n\r\n.+PROCESS/s)), '502 PROCESS_BROKE_OFF');
  assert.equal(app.accepted, 1);
});

const broken: readonly (readonly [string, string])[] = [
  ['a known length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
  ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
];

for (const [name, bytes] of broken) {
  for (const how of ['destroy', 'resetAndDestroy'] as const) {
    test(`a response with ${name} that breaks off (${how}) is never complete for the client`, async () => {
      await using app = await rawServer();
      await using edge = await startEdge();
      const { client, process } = await reach(edge, app, get);
      process.send(bytes);
      await client.until('half');
      process.socket[how]();
      await client.ended();
      assert.doesNotMatch(client.text, /\r\n0\r\n/);
      const line = await edge.line();
      assert.deepEqual([line.code, line.status], ['PROCESS_BROKE_OFF', 200]);
      assert.equal(edge.router.busy('one'), 0);
    });
  }
}

test('a response without framing that is reset is reset for the client too', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const { client, process } = await reach(edge, app, get);
  process.send('HTTP/1.1 200 OK\r\n\r\nhalf');
  await client.until('half');
  process.socket.resetAndDestroy();
  assert.equal(await client.ended(), 'reset');
  assert.equal((await edge.line()).code, 'PROCESS_BROKE_OFF');
});

test('chunks that break off are reset for a client of HTTP/1.0, which sees no chunks', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const { client, process } = await reach(edge, app, get.replace('1.1', '1.0'));
  process.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
  await client.until('half');
  process.socket.end();
  assert.equal(await client.ended(), 'reset');
});

for (const bytes of [
  'SSH-2.0-OpenSSH_9.2\r\n',
  'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
  'HTTP/1.1 abc\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`,
]) {
  test(`a process that answers ${JSON.stringify(bytes.slice(0, 40))} is garbled: 502`, async () => {
    await using app = await rawServer();
    await using edge = await startEdge();
    const { client, process } = await reach(edge, app, get);
    process.send(bytes);
    assert.equal(codeOf(await client.until(/\r\n\r\n.+PROCESS/s)), '502 PROCESS_GARBLED');
    await process.ended();
    assert.equal((await edge.line()).code, 'PROCESS_GARBLED');
  });
}

test('chunks that turn out garbled end the response where it stands', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const { client, process } = await reach(edge, app, get);
  process.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
  await client.until('half');
  process.send('zz\r\n');
  await client.ended();
  assert.equal(client.text, '');
  assert.equal((await edge.line()).code, 'PROCESS_GARBLED');
});

test('a process without a first byte in time is answered with 504 PROCESS_SLOW', async () => {
  await using app = await rawServer();
  await using edge = await startEdge({ timeouts: { ...defaultTimeouts, firstByteMs: 60 } });
  const { client, process } = await reach(edge, app, get);
  assert.equal(codeOf(await client.until(/\r\n\r\n.+PROCESS/s)), '504 PROCESS_SLOW');
  await process.ended();
  assert.equal((await edge.line()).code, 'PROCESS_SLOW');
  assert.equal(edge.router.busy('one'), 0);
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

test('a process that takes nothing more of a body is too slow', async () => {
  await using app = await rawServer((end) => end.socket.pause());
  await using edge = await startEdge({ timeouts: silent });
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(post(50_000_000)).send(Buffer.alloc(50_000_000));
  assert.equal(codeOf(await client.until(/\r\n\r\n.+PROCESS/s)), '504 PROCESS_SLOW');
});

test('a page is JSON for a client that accepts it, and HTML for a browser', async () => {
  await using edge = await startEdge();
  const json = await ask(edge.port, { headers: { accept: 'application/json', 'x-request-id': 'abc' } });
  assert.deepEqual(JSON.parse(json.body), {
    code: 'ROUTE_UNKNOWN',
    message: 'No app on this server answers for this host',
    requestId: 'abc',
  });
  const html = await ask(edge.port, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
  assert.match(html.headers['content-type'] ?? '', /^text\/html/);
  assert.equal(html.headers['cache-control'], 'no-store');
  assert.match(html.body, /<dd>ROUTE_UNKNOWN<\/dd>/);
});

test('a page for HEAD has no body', async () => {
  await using edge = await startEdge();
  const client = await dial(edge.port);
  client.send('HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(await client.rest(), /^HTTP\/1\.1 404 .*\r\nContent-Length: [1-9]\d*\r\n.*\r\n\r\n$/s);
});

test('a request body is sent whole to the next process when the first refuses', async () => {
  await using app = await startApp((request, response) => request.pipe(response));
  await using gone = await rawServer();
  await using edge = await startEdge();
  edge.serve(gone.port, app.port);
  await gone[Symbol.asyncDispose]();
  const body = Buffer.alloc(1_000_000, 'x').toString();
  for (let turn = 0; turn < 2; turn++) {
    assert.equal((await ask(edge.port, { method: 'POST', body })).body, body);
  }
});
