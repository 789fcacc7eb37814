import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEdge } from '../../test/router/edge.ts';
import { answered, codeOf, get, reach } from '../../test/router/reach.ts';
import { rawServer } from '../../test/router/wire.ts';

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
