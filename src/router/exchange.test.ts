import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../../test/router/client.ts';
import { startApp, startEdge } from '../../test/router/edge.ts';
import { answered, codeOf, empty, get, post, reach } from '../../test/router/reach.ts';
import { dial, rawServer } from '../../test/router/wire.ts';

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
  test(`${method} on a kept connection that was reset without a byte is sent again on a new one`, async () => {
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

test('GET on a kept connection that the process closes at that moment goes to a process', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  const { client, process } = await answered(edge, await reach(edge, app, get));
  // Both reach the router in one turn, and the request the process's side when that is closed.
  client.send(get);
  process.socket.destroy();
  const again = await app.accept();
  await again.until('\r\n\r\n');
  again.send(empty);
  await client.until('204');
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
