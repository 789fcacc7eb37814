import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { callJson, callStream, type LocalPeer } from './socket-call.ts';

const limit = { timeout: 10_000 };

async function serverOf(
  context: TestContext,
  answer: string,
): Promise<{ peer: LocalPeer; left: Promise<unknown> }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-call-'));
  const socket = path.join(folder, 'socket');
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    request.resume().once('end', () => response.end(answer));
  });
  server.listen(socket);
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const left = once(server, 'connection').then(([connection]) => once(connection as Socket, 'close'));
  return { peer: { socket, token: 'none' }, left };
}

test('the connection of an upload is let go once its answer is whole', limit, async (context) => {
  const { peer, left } = await serverOf(context, '{"kept":true}');
  const call = { method: 'PUT', path: '/', bytes: Readable.from(['bytes']) };
  assert.deepEqual(await callJson(peer, call), { kept: true });
  await left;
});

test('so is that of an upload whose answer is a stream', limit, async (context) => {
  const { peer, left } = await serverOf(context, '{"item":1}\n{"end":true}\n');
  const items: number[] = [];
  const call = { method: 'POST', path: '/', bytes: Readable.from(['bytes']) };
  for await (const item of callStream<number>(peer, call)) items.push(item);
  assert.deepEqual(items, [1]);
  await left;
});

test(
  'a connection that is refused is tried again while somebody brings the peer back',
  limit,
  async (context) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'dozen-call-'));
    const socket = path.join(folder, 'socket');
    const server = createServer((_, response) => response.end('{"back":true}'));
    context.after(() => {
      server.close();
      rmSync(folder, { recursive: true });
    });
    const looks = { count: 0 };
    const comesBack = (): boolean => {
      looks.count += 1;
      if (looks.count === 2) server.listen(socket);
      return true;
    };
    const call = { method: 'GET', path: '/' };
    assert.deepEqual(await callJson({ socket, token: 'none', comesBack }, call), { back: true });
  },
);

test('a peer that nobody brings back is told at once, with what starts it', limit, async () => {
  const peer = { socket: '/nowhere/socket', token: 'none', comesBack: () => false };
  await assert.rejects(callJson(peer, { method: 'GET', path: '/' }), {
    code: 'PEER_AWAY',
    hint: /dozen server/,
  });
});
