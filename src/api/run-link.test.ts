import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type RunMessage, windowBytes } from './run-frames.ts';
import { type LinkOptions, openLink } from './run-link.ts';

/** Two ends of one connection. */
async function pair(t: TestContext): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const near = connect(port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  t.after(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return [near, far];
}

const deaf: LinkOptions = { onBytes: async () => undefined, onMessage: () => undefined };

test('bytes arrive in order and whole, and their end after them', { timeout: 20_000 }, async (t) => {
  const [near, far] = await pair(t);
  const sent = Buffer.from(Array.from({ length: 5_000_003 }, (_, at) => (at * 7919) % 251));
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const got: Buffer[] = [];
  openLink(far, {
    ...deaf,
    onBytes: async (bytes) => {
      if (bytes.length === 0) resolve();
      got.push(bytes);
    },
  });
  const link = openLink(near, deaf);
  await link.write(sent);
  link.end();
  await ended;
  assert.equal(Buffer.compare(Buffer.concat(got), sent), 0);
});

test('no more is sent than the other side takes, and messages pass by', { timeout: 20_000 }, async (t) => {
  const [near, far] = await pair(t);
  const { promise: room, resolve: take } = Promise.withResolvers<void>();
  const { promise: heard, resolve: hear } = Promise.withResolvers<RunMessage>();
  openLink(far, { onBytes: () => room, onMessage: hear });
  const link = openLink(near, deaf);
  let isWritten = false;
  const writing = link.write(Buffer.alloc(windowBytes + 1)).then(() => {
    isWritten = true;
  });
  link.tell({ kind: 'resize', columns: 80, rows: 24 });
  assert.deepEqual(await heard, { kind: 'resize', columns: 80, rows: 24 });
  assert.equal(isWritten, false);
  take();
  await writing;
});

test('a side that says nothing any more is taken for gone', { timeout: 20_000 }, async (t) => {
  const [near] = await pair(t);
  await openLink(near, { ...deaf, pingEveryMs: 20, silenceMs: 100 }).closed;
});

test('two sides that have nothing to say stay', { timeout: 20_000 }, async (t) => {
  const [near, far] = await pair(t);
  const quick = { ...deaf, pingEveryMs: 10, silenceMs: 1_000 };
  const { promise: heard, resolve: hear } = Promise.withResolvers<RunMessage>();
  const link = openLink(near, quick);
  openLink(far, { ...quick, onMessage: hear });
  // Pings alone: for longer than either side bears silence.
  const begun = performance.now();
  while (performance.now() - begun < 1_500) await once(near, 'readable');
  link.tell({ kind: 'signal', name: 'SIGINT' });
  assert.deepEqual(await heard, { kind: 'signal', name: 'SIGINT' });
});

test('what is not of the protocol, or over the window, ends the connection', {
  timeout: 20_000,
}, async (t) => {
  const broken = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from([0x42, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0x4d, 0, 0, 0, 1, 0x7b]),
    Buffer.from([0x4d, 0, 0, 0, 4, ...Buffer.from('null')]),
    Buffer.concat([Buffer.from([0x4d, 0, 0, 0, 27]), Buffer.from('{"kind":"taken","bytes":-9}')]),
  ];
  for (const bytes of broken) {
    const [near, far] = await pair(t);
    const { closed } = openLink(far, deaf);
    near.write(bytes);
    await closed;
  }
});
