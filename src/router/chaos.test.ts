import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { startEdge } from '../../test/router/edge.ts';
import { dial, limitMs, type RawEnd, rawServer } from '../../test/router/wire.ts';
import { defaultTimeouts } from './router.ts';

const fields = 'Host: app.localhost\r\n';

type Act = readonly [bytes: string, then: 'stays' | 'ends' | 'leaves' | 'resets'];

/** What a client does: the bytes it sends, and how it leaves. */
const clients: Readonly<Record<string, Act>> = {
  get: [`GET / HTTP/1.1\r\n${fields}\r\n`, 'stays'],
  getAndClose: [`GET / HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`, 'stays'],
  getAndEnd: [`GET / HTTP/1.1\r\n${fields}\r\n`, 'ends'],
  getAndLeave: [`GET / HTTP/1.1\r\n${fields}\r\n`, 'leaves'],
  getAndReset: [`GET / HTTP/1.1\r\n${fields}\r\n`, 'resets'],
  old: [`GET / HTTP/1.0\r\n${fields}\r\n`, 'stays'],
  head: [`HEAD / HTTP/1.1\r\n${fields}\r\n`, 'stays'],
  post: [`POST / HTTP/1.1\r\n${fields}Content-Length: 5\r\n\r\nhello`, 'stays'],
  halfPost: [`POST / HTTP/1.1\r\n${fields}Content-Length: 50\r\n\r\nhello`, 'leaves'],
  silentPost: [`POST / HTTP/1.1\r\n${fields}Content-Length: 50\r\n\r\nhello`, 'stays'],
  chunks: [`POST / HTTP/1.1\r\n${fields}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, 'stays'],
  badChunks: [`POST / HTTP/1.1\r\n${fields}Transfer-Encoding: chunked\r\n\r\n2\r\nokx`, 'stays'],
  pipeline: [`GET / HTTP/1.1\r\n${fields}\r\n`.repeat(3), 'stays'],
  pipelineAndLeave: [`GET / HTTP/1.1\r\n${fields}\r\n`.repeat(3), 'leaves'],
  upgrade: [`GET / HTTP/1.1\r\n${fields}Connection: upgrade\r\nUpgrade: x\r\n\r\n`, 'stays'],
  upgradeAndEnd: [`GET / HTTP/1.1\r\n${fields}Connection: upgrade\r\nUpgrade: x\r\n\r\n`, 'ends'],
  halfHead: [`GET / HTTP/1.1\r\n${fields}`, 'stays'],
  garbage: ['\x00\x01\x02', 'stays'],
};

/** What a process does when bytes come: the bytes it sends, and how it goes on. */
const processes: Readonly<Record<string, Act>> = {
  ok: ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 'stays'],
  close: ['HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok', 'ends'],
  lies: ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 'resets'],
  chunked: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', 'stays'],
  halfChunked: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n', 'ends'],
  badChunked: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'stays'],
  short: ['HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok', 'leaves'],
  stuck: ['HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok', 'stays'],
  untilClose: ['HTTP/1.1 200 OK\r\n\r\nok', 'ends'],
  tooMuch: ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok, and more', 'stays'],
  none: ['HTTP/1.1 204 No Content\r\n\r\n', 'stays'],
  interim: ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n', 'stays'],
  silent: ['', 'stays'],
  gone: ['', 'leaves'],
  reset: ['', 'resets'],
  half: ['HTTP/1.1 2', 'leaves'],
  garbage: ['hello\r\n', 'stays'],
  switches: ['HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhi', 'stays'],
  switchesAndEnds: ['HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n', 'ends'],
};

function act(end: RawEnd, [bytes, then]: Act): void {
  if (bytes !== '') end.send(bytes);
  if (then === 'ends') end.socket.end();
  if (then === 'leaves') end.socket.destroy();
  if (then === 'resets') end.socket.resetAndDestroy();
}

const quick = { connectMs: 200, firstByteMs: 40, idleMs: 40, headMs: 40, keepAliveMs: 40 };

test('whatever clients and processes do, every request is reported once and nothing stays busy', async () => {
  const client = fc.constantFrom(...Object.keys(clients));
  const process = fc.constantFrom(...Object.keys(processes));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ client, delay: fc.nat(2) }), { minLength: 1, maxLength: 12 }),
      fc.array(process, { minLength: 1, maxLength: 12 }),
      async (acts, deeds) => {
        let turn = 0;
        const serve = (end: RawEnd): void => {
          end.socket.on('data', () => act(end, processes[deeds[turn++ % deeds.length] as string] as Act));
        };
        await using one = await rawServer(serve);
        await using two = await rawServer(serve);
        await using edge = await startEdge({ timeouts: { ...defaultTimeouts, ...quick } });
        edge.serve(one.port, two.port);
        const visit = async ({ client, delay }: { client: string; delay: number }): Promise<void> => {
          for (let wait = 0; wait < delay; wait++) await new Promise((resolve) => setImmediate(resolve));
          const end = await dial(edge.port);
          const closed = new Promise((resolve) => end.socket.once('close', resolve));
          end.socket.once('end', () => end.socket.end());
          act(end, clients[client] as Act);
          await closed;
        };
        await Promise.all(acts.map(visit));
        await edge.router.idle(['one', 'two'], AbortSignal.timeout(limitMs));
        assert.equal(edge.router.busy('one') + edge.router.busy('two'), 0);
        const ids = edge.lines.map(({ requestId }) => requestId);
        assert.equal(new Set(ids).size, ids.length, 'a request was reported twice');
        const stayed = acts.filter(({ client }) => clients[client]?.[1] === 'stays');
        assert.ok(ids.length >= stayed.length, 'a request was not reported');
      },
    ),
    { numRuns: 60 },
  );
});
