import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { type Edge, startApp, startEdge } from '../../test/router/edge.ts';
import { dial, type RawServer, rawServer } from '../../test/router/wire.ts';
import { requestLimits } from './request-head.ts';
import { defaultTimeouts } from './router.ts';

const get = 'GET / HTTP/1.1\r\nHost: app.localhost\r\n';
const empty = 'HTTP/1.1 204 No Content\r\n\r\n';

const smuggled = 'GET /admin HTTP/1.1\r\nHost: app.localhost\r\n\r\n';

test('a chunk that is malformed ends the request with 400, and the process sees a broken body', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(
    'POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n',
  );
  const process = await app.accept();
  assert.match(await process.until('1\r\nx\r\n'), /\r\nTransfer-Encoding: chunked\r\n/);
  client.send(`zz\r\n${smuggled}`);
  assert.match(await client.rest(), /^HTTP\/1\.1 400 .*REQUEST_MALFORMED/s);
  await process.ended();
  assert.equal(process.text, '');
});

test('a head over the limit is refused with 431, whether it ever ends or not', async () => {
  await using edge = await startEdge();
  for (const end of ['\r\n\r\n', '']) {
    const client = await dial(edge.port);
    client.send(`${get}X: ${'x'.repeat(requestLimits.headBytes)}${end}`);
    assert.match(await client.rest(), /^HTTP\/1\.1 431 .*Dozen-Error: REQUEST_HEAD_TOO_LARGE/s);
    assert.equal((await edge.line()).code, 'REQUEST_HEAD_TOO_LARGE');
    client.socket.end();
  }
});

test('a head just under the limit is taken', async () => {
  await using app = await startApp((_, response) => response.end('ok'), { maxHeaderSize: 100_000 });
  await using edge = await startEdge();
  edge.serve(app.port);
  const head = `${get}X: `;
  const client = await dial(edge.port);
  client.send(`${head}${'x'.repeat(requestLimits.headBytes - head.length - 4)}\r\n\r\n`);
  assert.match(await client.until('ok'), /^HTTP\/1\.1 200 /);
});

test('an empty line before a request is forgiven', async () => {
  await using app = await startApp((_, response) => response.end('ok'));
  await using edge = await startEdge();
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(`\r\n${get}\r\n`);
  assert.match(await client.until('ok'), /^HTTP\/1\.1 200 /);
});

test('an empty line after a request is not waited on as the next one', async () => {
  await using app = await startApp((_, response) => response.end('ok'));
  await using edge = await startEdge({ timeouts: { ...defaultTimeouts, headMs: 40, keepAliveMs: 120 } });
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(`${get}\r\n\r\n`);
  assert.match(await client.rest(), /ok$/);
});

test('pipelined requests are answered in order, one in flight at a time', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  edge.serve(app.port);
  const client = await dial(edge.port);
  const body = 'POST /2 HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 5\r\n\r\nhello';
  client.send(`${get.replace('/', '/1')}\r\n${body}${get.replace('/', '/3')}\r\n`);
  const process = await app.accept();
  assert.match(await process.until('\r\n\r\n'), /^GET \/1 /);
  assert.equal(edge.router.busy('one'), 1);
  process.send('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none');
  assert.match(await process.until('hello'), /^POST \/2 /);
  process.send('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo');
  assert.match(await process.until('\r\n\r\n'), /^GET \/3 /);
  process.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthree');
  const all = await client.until('three');
  assert.deepEqual(all.match(/one|two|three/g), ['one', 'two', 'three']);
  assert.equal(app.accepted, 1);
});

test('a thousand pipelined requests are all answered', async () => {
  await using app = await startApp((request, response) => response.end(`<${request.url}>`));
  await using edge = await startEdge();
  edge.serve(app.port);
  const client = await dial(edge.port);
  const paths = Array.from({ length: 1_000 }, (_, index) => `/${index}`);
  client.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: app.localhost\r\n\r\n`).join(''));
  const all = await client.until('</999>');
  assert.deepEqual(
    all.match(/<[^>]+>/g),
    paths.map((path) => `<${path}>`),
  );
});

test('pages of the edge itself keep the connection, so that pipelined requests go on', async () => {
  await using edge = await startEdge();
  const client = await dial(edge.port);
  client.send('GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n');
  assert.equal((await client.rest()).match(/HTTP\/1\.1 404 /g)?.length, 2);
});

test('a client that asks on and on but reads no answer is not read from any more', async () => {
  await using edge = await startEdge();
  const client = await dial(edge.port);
  client.socket.pause();
  const requests = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n'.repeat(1_000));
  const { arrayBuffers } = process.memoryUsage();
  let sent = 0;
  while (sent < 100_000_000 && client.socket.writableLength < 10_000_000) {
    client.send(requests);
    sent += requests.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(sent < 100_000_000, 'all of it was read');
  assert.ok(process.memoryUsage().arrayBuffers - arrayBuffers < 40_000_000);
  client.socket.destroy();
});

test('a page for a request whose body is still coming reaches the client, though the body goes nowhere', async () => {
  await using edge = await startEdge();
  const client = await dial(edge.port);
  client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n');
  client.send(Buffer.alloc(10_000_000));
  const answer = await client.rest();
  assert.match(answer, /^HTTP\/1\.1 404 .*\r\nConnection: close\r\n/s);
});

test('a connection that asks to be closed is closed after its response', async () => {
  await using app = await startApp((_, response) => response.end('ok'));
  await using edge = await startEdge();
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(`${get}Connection: close\r\n\r\n`);
  assert.match(await client.rest(), /\r\nConnection: close\r\n.*ok$/s);
});

test('what comes after the last request of a connection is read and thrown away, so that nothing is reset', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(`${get}Connection: close\r\n\r\n`);
  client.send(Buffer.alloc(20_000_000, 'x'));
  const process = await app.accept();
  await process.until('\r\n\r\n');
  process.send(empty);
  assert.match(await client.until('\r\n\r\n'), /^HTTP\/1\.1 204 /);
  client.socket.end();
  await once(client.socket, 'close');
  assert.equal(await client.ended(), 'ended');
  assert.equal(app.accepted, 1);
});

test('a client of HTTP/1.0 gets its answer and the end of the connection', async () => {
  await using app = await startApp((_, response) => response.end('ok'));
  await using edge = await startEdge();
  edge.serve(app.port);
  const client = (await dial(edge.port)).send('GET / HTTP/1.0\r\nHost: app.localhost\r\n\r\n');
  assert.match(await client.rest(), /^HTTP\/1\.1 200 .*\r\n\r\nok$/s);
});

test('a client of HTTP/1.0 that names no host gets 404', async () => {
  await using edge = await startEdge();
  const client = (await dial(edge.port)).send('GET / HTTP/1.0\r\n\r\n');
  assert.match(await client.rest(), /^HTTP\/1\.1 404 .*ROUTE_UNKNOWN/s);
});

const short = { ...defaultTimeouts, headMs: 80, keepAliveMs: 80 };

test('a head that does not arrive in time is answered with 408 REQUEST_SLOW', async () => {
  await using edge = await startEdge({ timeouts: short });
  const client = (await dial(edge.port)).send(get);
  assert.match(await client.rest(), /^HTTP\/1\.1 408 .*Dozen-Error: REQUEST_SLOW/s);
  assert.deepEqual([(await edge.line()).path], ['/']);
});

test('a connection without a request is closed without a word', async () => {
  await using edge = await startEdge({ timeouts: short });
  const client = await dial(edge.port);
  assert.equal(await client.rest(), '');
  assert.equal(edge.lines.length, 0);
});

test('a connection that was answered is closed when no other request comes', async () => {
  await using app = await startApp((_, response) => response.end('ok'));
  await using edge = await startEdge({ timeouts: short });
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(`${get}\r\n`);
  assert.match(await client.rest(), /ok$/);
});

async function inFlight(edge: Edge, app: RawServer, bytes = `${get}\r\n`) {
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(bytes);
  const process = await app.accept();
  await process.until('\r\n\r\n');
  return { client, process };
}

test('a client that leaves before the response ends its request, and is reported as gone', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  for (const leave of ['destroy', 'end', 'resetAndDestroy'] as const) {
    const { client, process } = await inFlight(edge, app);
    client.socket[leave]();
    await process.ended();
    const line = await edge.line();
    assert.deepEqual([line.code, line.status, line.process, line.bytes], ['CLIENT_GONE', 499, 'web.1', 0]);
    assert.equal(edge.router.busy('one'), 0);
    client.socket.destroy();
  }
});

test('a client that leaves in the middle of a response is reported with the status it got', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const { client, process } = await inFlight(edge, app);
  process.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
  await client.until('half');
  client.socket.destroy();
  await process.ended();
  const line = await edge.line();
  assert.deepEqual([line.code, line.status], ['CLIENT_GONE', 200]);
});

test('a closing edge answers what is in flight and the next request of a client in between, then ends', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const { client, process } = await inFlight(edge, app);
  process.send(empty);
  await client.until('204');
  const closed = edge.router.close(10_000);
  client.send(`${get}\r\n`);
  await process.until('\r\n\r\n');
  process.send(empty);
  assert.match(await client.until('\r\n\r\n'), /\r\nConnection: close\r\n/);
  assert.equal(await client.ended(), 'ended');
  client.socket.end();
  await closed;
});
