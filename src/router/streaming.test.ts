import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { type Edge, startApp, startEdge } from '../../test/router/edge.ts';
import { dial, limitMs, type RawEnd, rawServer } from '../../test/router/wire.ts';

const get = 'GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n';
const MiB = 1024 * 1024;

function post(length: number): string {
  return `POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: ${length}\r\n\r\n`;
}

/** Writes as fast as the socket takes it, and tells how far it got. */
async function pour(end: RawEnd, total: number, progress: { sent: number } = { sent: 0 }): Promise<void> {
  const piece = Buffer.alloc(64 * 1024, 'x');
  const signal = AbortSignal.timeout(limitMs);
  while (progress.sent < total) {
    const bytes = piece.subarray(0, Math.min(piece.length, total - progress.sent));
    progress.sent += bytes.length;
    if (!end.socket.write(bytes)) await once(end.socket, 'drain', { signal });
  }
}

/** Counts the bytes that come instead of keeping them. */
function count(end: RawEnd): { received: number; until(bytes: number): Promise<void> } {
  end.socket.removeAllListeners('data');
  const counter = {
    received: 0,
    async until(bytes: number) {
      const signal = AbortSignal.timeout(limitMs);
      while (counter.received < bytes) await once(end.socket, 'data', { signal });
    },
  };
  end.socket.on('data', (bytes: Buffer) => {
    counter.received += bytes.length;
  });
  return counter;
}

/** Resolves when a number has not changed for several turns of the event loop with I/O in them. */
async function settled(read: () => number): Promise<number> {
  let last = -1;
  for (let same = 0; same < 50; same++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (read() !== last) same = 0;
    last = read();
  }
  return last;
}

async function inFlight(edge: Edge, port: number, request: string): Promise<RawEnd> {
  edge.serve(port);
  return (await dial(edge.port)).send(request);
}

test('a client that reads slowly slows the process down, and memory stays bounded over 100 MiB', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const client = await inFlight(edge, app.port, get);
  client.socket.pause();
  const process = await app.accept();
  await process.until('\r\n\r\n');
  const total = 100 * MiB;
  const before = globalThis.process.memoryUsage();
  const progress = { sent: 0 };
  process.send(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
  const pouring = pour(process, total, progress);
  const stuckAt = await settled(() => progress.sent);
  const after = globalThis.process.memoryUsage();
  assert.ok(stuckAt < 30 * MiB, `${stuckAt} bytes were taken for a client that reads nothing`);
  assert.ok(
    after.arrayBuffers - before.arrayBuffers < 10 * MiB,
    `${after.arrayBuffers - before.arrayBuffers} bytes are held`,
  );
  const counter = count(client);
  client.socket.resume();
  await pouring;
  await counter.until(total);
  assert.equal((await edge.line()).code, null);
});

test('a process that reads slowly slows the client down', async () => {
  await using app = await rawServer((end) => end.socket.pause());
  await using edge = await startEdge();
  const total = 100 * MiB;
  const client = await inFlight(edge, app.port, post(total));
  const process = await app.accept();
  const progress = { sent: 0 };
  const pouring = pour(client, total, progress);
  assert.ok((await settled(() => progress.sent)) < 30 * MiB);
  const counter = count(process);
  process.socket.resume();
  await pouring;
  await counter.until(total);
  process.send('HTTP/1.1 204 No Content\r\n\r\n');
  await client.until('204');
});

test('64 MiB that are answered early are relayed to the end, and both connections are used again', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const total = 64 * MiB;
  const client = await inFlight(edge, app.port, post(total));
  const process = await app.accept();
  await process.until('\r\n\r\n');
  process.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly');
  await client.until('early');
  assert.equal(edge.router.busy('one'), 1);
  const counter = count(process);
  await Promise.all([pour(client, total), counter.until(total)]);
  assert.equal(counter.received, total);
  assert.equal((await edge.line()).code, null);
  assert.equal(edge.router.busy('one'), 0);
  client.send(get);
  await counter.until(total + get.length);
  process.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain');
  await client.until('again');
  assert.equal(app.accepted, 1);
});

test('an upload that the process takes slowly, after its early answer, arrives whole', async () => {
  await using app = await rawServer((end) => end.socket.pause());
  await using edge = await startEdge();
  const total = 16 * MiB;
  const client = await inFlight(edge, app.port, post(total));
  const process = await app.accept();
  process.send('HTTP/1.1 204 No Content\r\n\r\n');
  await client.until('204');
  const counter = count(process);
  process.socket.on('data', () => {
    process.socket.pause();
    setImmediate(() => process.socket.resume());
  });
  process.socket.resume();
  await pour(client, total);
  await counter.until(total);
  assert.equal((await edge.line()).code, null);
  client.send(get);
  await counter.until(total + get.length);
  assert.equal(app.accepted, 1);
});

test('bytes that a process sends after its early answer reach nobody', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const client = await inFlight(edge, app.port, post(10));
  const process = await app.accept();
  await process.until('\r\n\r\n');
  process.send('HTTP/1.1 204 No Content\r\n\r\n');
  await client.until('204');
  process.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
  assert.equal(await process.ended(), 'ended');
  assert.equal(await client.rest(), '');
});

test('an app of node:http that answers an upload early, without reading it, stalls nobody', async () => {
  await using app = await startApp((_, response) => {
    response.writeHead(413);
    response.end('too large');
  });
  await using edge = await startEdge();
  for (let turn = 0; turn < 10; turn++) {
    const client = await inFlight(edge, app.port, post(8 * MiB));
    await pour(client, 8 * MiB);
    assert.match(await client.until('too large'), /^HTTP\/1\.1 413 /);
    assert.equal((await edge.line()).code, null);
    client.socket.destroy();
  }
});

test('the answer of a process that closes without having read the upload reaches the client each time', async () => {
  await using app = await rawServer((end) => {
    end.socket.once('data', () => {
      end.socket.pause();
      end.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large');
      end.socket.end(() => end.socket.destroy());
    });
  });
  await using edge = await startEdge();
  for (let turn = 0; turn < 200; turn++) {
    const client = await inFlight(edge, app.port, post(MiB));
    client.send(Buffer.alloc(MiB));
    assert.match(await client.until('too large'), /^HTTP\/1\.1 413 /, `turn ${turn}`);
    const line = await edge.line();
    assert.deepEqual([line.code, line.status], [null, 413], `turn ${turn}`);
    client.socket.destroy();
  }
});

test('an event stream reaches the client event by event', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const client = await inFlight(edge, app.port, get);
  const process = await app.accept();
  await process.until('\r\n\r\n');
  process.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
  await client.until('\r\n\r\n');
  for (const event of ['one', 'two', 'six']) {
    process.send(`b\r\ndata: ${event}\n\n\r\n`);
    assert.equal(await client.until(event), `b\r\ndata: ${event}\n\n\r\n`);
  }
});
