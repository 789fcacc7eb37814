import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Edge, startEdge } from '../../test/router/edge.ts';
import { dial, type RawEnd, type RawServer, rawServer } from '../../test/router/wire.ts';

const request = (method = 'GET', version = '1.1'): string =>
  `${method} / HTTP/${version}\r\nHost: app.localhost\r\nConnection: close\r\n\r\n`;

/** What a client gets for what a process says before it ends its side. */
async function relay(
  edge: Edge,
  app: RawServer,
  { response, asked = request() }: { response: string; asked?: string },
): Promise<string> {
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(asked);
  const process = await app.accept();
  await process.until('\r\n\r\n');
  process.send(response);
  process.socket.end();
  const all = await client.rest();
  client.socket.destroy();
  return all;
}

const cases: readonly (readonly [string, { asked?: string; response: string; seen: string }])[] = [
  [
    'a response with a length goes on as it came, but for the end of the connection',
    {
      response: 'HTTP/1.1 200 Fine\r\nSet-Cookie: a\r\nContent-Length: 2\r\n\r\nok',
      seen: 'HTTP/1.1 200 Fine\r\nSet-Cookie: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok',
    },
  ],
  [
    'a chunked response goes on as it came',
    {
      response: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      seen: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    },
  ],
  [
    'a response without framing ends with the connection',
    {
      response: 'HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nall of it',
      seen: 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it',
    },
  ],
  [
    'a response of HTTP/1.0 is passed on in HTTP/1.1',
    {
      response: 'HTTP/1.0 200 OK\r\nServer: old\r\n\r\nold',
      seen: 'HTTP/1.1 200 OK\r\nServer: old\r\nConnection: close\r\n\r\nold',
    },
  ],
  [
    'a client of HTTP/1.0 gets no chunks and no trailer',
    {
      asked: request('GET', '1.0'),
      response:
        'HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\nB: 2\r\n\r\n2\r\nok\r\n1;x\r\n!\r\n0\r\nT: 1\r\n\r\n',
      seen: 'HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nConnection: close\r\n\r\nok!',
    },
  ],
  [
    'a response to HEAD has no body, whatever its length says',
    {
      asked: request('HEAD'),
      response: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n',
      seen: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n',
    },
  ],
  [
    'a 304 has no body, whatever its length says',
    {
      response: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n',
      seen: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\nConnection: close\r\n\r\n',
    },
  ],
  [
    'interim responses go before the final one',
    {
      response:
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
      seen: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n',
    },
  ],
  [
    'a client of HTTP/1.0 gets no interim responses',
    {
      asked: request('GET', '1.0'),
      response: 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
      seen: 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n',
    },
  ],
  [
    'several dropped headers leave the others in their order',
    {
      response:
        'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nA: 1\r\nConnection: x-b\r\nX-B: 2\r\nC: 3\r\nTrailer: D\r\nContent-Length: 0\r\n\r\n',
      seen: 'HTTP/1.1 200 OK\r\nA: 1\r\nC: 3\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    },
  ],
];

for (const [name, { asked, response, seen }] of cases) {
  test(name, async () => {
    await using app = await rawServer();
    await using edge = await startEdge();
    assert.equal(await relay(edge, app, asked === undefined ? { response } : { response, asked }), seen);
    assert.equal((await edge.line()).bytes, seen.length);
  });
}

test('a head without hop-by-hop headers reaches a client that stays untouched', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  edge.serve(app.port);
  const client = (await dial(edge.port)).send('GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n');
  const process = await app.accept();
  await process.until('\r\n\r\n');
  const response = 'HTTP/1.1 200  two  spaces\r\nx-lower:no space\r\nContent-Length:3\r\n\r\nyes';
  process.send(response);
  assert.equal(await client.until('yes'), response);
});

test('a client that expects 100-continue hears it from the process before it sends its body', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  edge.serve(app.port);
  const client = await dial(edge.port);
  client.send('POST / HTTP/1.1\r\nHost: app.localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n');
  const process = await app.accept();
  assert.match(await process.until('\r\n\r\n'), /\r\nExpect: 100-continue\r\n/);
  process.send('HTTP/1.1 100 Continue\r\n\r\n');
  assert.equal(await client.until('\r\n\r\n'), 'HTTP/1.1 100 Continue\r\n\r\n');
  client.send('body');
  assert.equal(await process.until('body'), 'body');
  process.send('HTTP/1.1 204 No Content\r\n\r\n');
  await client.until('204');
});

/** Sends a text in pieces that arrive apart. */
async function sendCut(end: RawEnd, text: string, cuts: readonly number[]): Promise<void> {
  let begin = 0;
  for (const cut of [...new Set(cuts)].filter((cut) => cut < text.length).toSorted((a, b) => a - b)) {
    end.send(text.slice(begin, cut));
    begin = cut;
    await new Promise((resolve) => setImmediate(resolve));
  }
  end.send(text.slice(begin));
}

const messages = [
  'HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nA: 1\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\none\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n',
  'HTTP/1.1 204 No Content\r\nKeep-Alive: timeout=5\r\nB: 2\r\n\r\n',
];
const seenMessages = [
  'HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\none\r\nA\r\n0123456789\r\n0\r\n\r\n',
  'HTTP/1.1 204 No Content\r\nB: 2\r\n\r\n',
];
const requests = [
  'POST /1 HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 7\r\n\r\nGET / H',
  'POST /2 HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nab\r\nc\r\n0\r\nT: 1\r\n\r\n',
  'GET /3 HTTP/1.1\r\nHost: app.localhost\r\n\r\n',
];
const seenBodies = ['GET / H', '5;x\r\nab\r\nc\r\n0\r\n\r\n', ''];

test('requests and responses are the same however their bytes are cut', async () => {
  await using app = await rawServer();
  await using edge = await startEdge();
  edge.serve(app.port);
  const client = await dial(edge.port);
  const cuts = fc.array(fc.nat(300), { maxLength: 40 });
  let process: RawEnd | null = null;
  await fc.assert(
    fc.asyncProperty(cuts, fc.tuple(cuts, cuts, cuts), async (requestCuts, responseCuts) => {
      const sending = sendCut(client, requests.join(''), requestCuts);
      for (const [index, body] of seenBodies.entries()) {
        process ??= await app.accept();
        const seen = await process.until(new RegExp(`/${index + 1} HTTP.*\r\n\r\n${body}$`, 's'));
        assert.ok(seen.endsWith(`\r\n\r\n${body}`), seen);
        await sendCut(process, messages[index] as string, responseCuts[index] as readonly number[]);
        const expected = seenMessages[index] as string;
        assert.equal(
          await client.until(new RegExp(`${expected.slice(-8).replaceAll('\r', '\\r')}$`)),
          expected,
        );
      }
      await sending;
    }),
    { numRuns: 60 },
  );
});
