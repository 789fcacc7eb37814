import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Edge, startEdge } from '../../test/router/edge.ts';
import { dial, type RawEnd, type RawServer, rawServer } from '../../test/router/wire.ts';
import { defaultTimeouts } from './router.ts';

const wish = 'GET /chat HTTP/1.1\r\nHost: app.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const granted = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

interface Tunnel {
  readonly client: RawEnd;
  readonly process: RawEnd;
}

async function open(edge: Edge, app: RawServer): Promise<Tunnel> {
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(wish);
  const process = await app.accept();
  assert.match(await process.until('\r\n\r\n'), /\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n/);
  process.send(granted);
  assert.equal(await client.until('\r\n\r\n'), granted);
  return { client, process };
}

test('after a 101 bytes go both ways as they are', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const { client, process } = await open(edge, app);
  client.send('\x81\x05hello');
  assert.equal(await process.until('hello'), '\x81\x05hello');
  process.send('GET / HTTP/1.1\r\n\r\n\x00');
  assert.equal(await client.until('\x00'), 'GET / HTTP/1.1\r\n\r\n\x00');
});

test('bytes that come together with the 101, or before it, are not lost', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(`${wish}eager`);
  const process = await app.accept();
  assert.doesNotMatch(await process.until('\r\n\r\n'), /eager/);
  process.send(`${granted}first`);
  assert.equal(await client.until('first'), `${granted}first`);
  assert.equal(await process.until('eager'), 'eager');
});

test('an open websocket counts as busy, and is reported when it ends', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const { client, process } = await open(edge, app);
  assert.equal(edge.router.busy('one'), 1);
  assert.equal(edge.lines.length, 0);
  process.send('bye');
  await client.until('bye');
  client.socket.end();
  await process.ended();
  assert.equal(edge.lines.length, 0);
  process.socket.end();
  const line = await edge.line();
  assert.deepEqual([line.status, line.code, line.bytes], [101, null, granted.length + 3]);
  assert.equal(edge.router.busy('one'), 0);
});

test('each side can end its direction while the other goes on', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const { client, process } = await open(edge, app);
  client.socket.end('last words');
  assert.equal(await process.rest(), 'last words');
  process.send('still here');
  assert.equal(await client.until('still here'), 'still here');
  process.socket.end('done');
  assert.equal(await client.rest(), 'done');
  assert.equal((await edge.line()).code, null);
});

test('a process that breaks a tunnel ends it for the client, after all that it said', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const { client, process } = await open(edge, app);
  process.send('last');
  await client.until('last');
  process.socket.resetAndDestroy();
  await client.ended();
  client.socket.destroy();
  assert.equal((await edge.line()).status, 101);
});

test('an upgrade that the process does not grant is an ordinary response', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(`${wish}GET /next HTTP/1.1\r\nHost: app.localhost\r\n\r\n`);
  const process = await app.accept();
  await process.until('\r\n\r\n');
  process.send('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
  assert.match(await client.until('no'), /^HTTP\/1\.1 403 /);
  assert.match(await process.until('\r\n\r\n'), /^GET \/next /);
});

test('a 426 keeps the upgrade that it offers', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  edge.serve(app.port);
  const client = (await dial(edge.port)).send('GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n');
  const process = await app.accept();
  await process.until('\r\n\r\n');
  const offer =
    'HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade\r\nUpgrade: x/1\r\nContent-Length: 0\r\n\r\n';
  process.send(offer);
  assert.equal(await client.until('\r\n\r\n'), offer);
});

test('a tunnel is ended when it is silent both ways, and only then', async () => {
  await using app = await rawServer();
  const idleMs = 300;
  await using edge = await startEdge({ timeouts: { ...defaultTimeouts, idleMs } });
  const { client, process } = await open(edge, app);
  const until = performance.now() + 2 * idleMs;
  while (performance.now() < until) {
    client.send('.');
    await process.until('.');
  }
  assert.equal(edge.lines.length, 0);
  await Promise.all([client.ended(), process.ended()]);
  const line = await edge.line();
  assert.deepEqual([line.status, line.code], [101, 'PROCESS_SLOW']);
});

test('an open websocket is ended after the grace of a closing edge', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const { client, process } = await open(edge, app);
  await edge.router.close(50);
  await Promise.all([client.ended(), process.ended()]);
  assert.equal((await edge.line()).status, 101);
});

test('a client of a tunnel that reads nothing slows the process down', async () => {
  await using app = await rawServer();
  await using edge = await startEdge({ timeouts: { ...defaultTimeouts, idleMs: 100 } });
  const { client, process } = await open(edge, app);
  client.socket.pause();
  process.send(Buffer.alloc(50_000_000, 'x'));
  const line = await edge.line();
  assert.ok(line.bytes < 30_000_000, `${line.bytes} bytes were taken for a client that reads nothing`);
});
