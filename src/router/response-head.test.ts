import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseResponseHead, type ResponseHead } from './response-head.ts';

function parse(fields: string, { status = 200, method = 'GET' } = {}): ResponseHead {
  const head = parseResponseHead(`HTTP/1.1 ${status} Any\r\n${fields}\r\n`, method);
  if (head.kind === 'garbled') assert.fail(`garbled: ${head.reason}`);
  return head;
}

function kept(text: string): string {
  const head = parseResponseHead(text, 'GET');
  if (head.kind === 'garbled') assert.fail(`garbled: ${head.reason}`);
  let out = '';
  let at = 0;
  for (let pair = 0; pair < head.dropped.length; pair += 2) {
    out += text.slice(at, head.dropped[pair]);
    at = head.dropped[pair + 1] ?? 0;
  }
  return out + text.slice(at);
}

const garbled: readonly (readonly [string, string])[] = [
  ['HTTP/2 200 OK\r\n\r\n', 'a status line that is not of HTTP/1.1 or HTTP/1.0'],
  ['HTTP/1.1 20 OK\r\n\r\n', 'a status line that is not of HTTP/1.1 or HTTP/1.0'],
  ['HTTP/1.1 099 OK\r\n\r\n', 'a status line that is not of HTTP/1.1 or HTTP/1.0'],
  ['HTTP/1.1  200 OK\r\n\r\n', 'a status line that is not of HTTP/1.1 or HTTP/1.0'],
  ['HTTP/1.1 200 O\x00K\r\n\r\n', 'a status line that is not of HTTP/1.1 or HTTP/1.0'],
  ['<html>\r\n\r\n', 'a status line that is not of HTTP/1.1 or HTTP/1.0'],
  ['HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\n\r\n', 'a folded header line'],
  ['HTTP/1.1 200 OK\r\nX : 1\r\n\r\n', 'a space before the colon of a header'],
  ['HTTP/1.1 200 OK\r\nX: 1\nY: 2\r\n\r\n', 'a line that ends with LF alone'],
  ['HTTP/1.1 200 OK\r\nX: 1\rSet-Cookie: a\r\n\r\n', 'a line that ends with CR alone'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n', 'more than one Content-Length'],
  ['HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', 'a Content-Length that is not a number'],
  [
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'both Content-Length and Transfer-Encoding',
  ],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', 'a Transfer-Encoding other than chunked'],
  ['HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'a Transfer-Encoding in HTTP/1.0'],
];

for (const [text, reason] of garbled) {
  test(`the response head ${JSON.stringify(text)} is garbled`, () => {
    assert.deepEqual(parseResponseHead(text, 'GET'), { kind: 'garbled', reason });
  });
}

test('the end of a body is known by its length, its chunks, or the end of the connection', () => {
  assert.deepEqual(parse('Content-Length: 5\r\n').body, { kind: 'length', bytes: 5 });
  assert.deepEqual(parse('Transfer-Encoding: Chunked\r\n').body, { kind: 'chunked' });
  assert.deepEqual(parse('').body, { kind: 'until-close' });
});

test('a response to HEAD, and 1xx, 204 and 304, have no body whatever they say', () => {
  const length = 'Content-Length: 5\r\n';
  assert.deepEqual(parse(length, { method: 'HEAD' }).body, { kind: 'none' });
  for (const status of [100, 103, 204, 304]) {
    assert.deepEqual(parse(length, { status }).body, { kind: 'none' });
    assert.deepEqual(parse('Transfer-Encoding: chunked\r\n', { status }).body, { kind: 'none' });
  }
});

test('a head without hop-by-hop headers has nothing to leave out', () => {
  assert.deepEqual(parse('Content-Length: 5\r\nServer: x\r\nSet-Cookie: a=b\r\n').dropped, []);
});

test('what belongs to the hop behind is left out, wherever Connection stands', () => {
  const text =
    'HTTP/1.1 200 OK\r\nX-Hop: 1\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nA: 1\r\nProxy-Authenticate: x\r\n' +
    'Trailer: T\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n';
  assert.equal(kept(text), 'HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 0\r\n\r\n');
});

test('Connection cannot take the framing away', () => {
  const text = 'HTTP/1.1 200 OK\r\nConnection: content-length\r\nContent-Length: 0\r\n\r\n';
  assert.equal(kept(text), 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
});

test('the answer to an upgrade keeps Connection and Upgrade', () => {
  for (const status of [101, 426]) {
    assert.deepEqual(parse('Connection: Upgrade\r\nUpgrade: websocket\r\n', { status }).dropped, []);
  }
});

test('a connection is kept unless the process says close, or speaks HTTP/1.0 without keep-alive', () => {
  const keeps = (text: string): boolean => {
    const head = parseResponseHead(text, 'GET');
    return head.kind === 'response' && head.keepAlive;
  };
  assert.equal(keeps('HTTP/1.1 200 OK\r\n\r\n'), true);
  assert.equal(keeps('HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n'), false);
  assert.equal(keeps('HTTP/1.1 200 OK\r\nConnection: x, close\r\n\r\n'), false);
  assert.equal(keeps('HTTP/1.0 200 OK\r\n\r\n'), false);
  assert.equal(keeps('HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n'), true);
});

test('how long the process keeps an idle connection is read from Keep-Alive', () => {
  assert.equal(parse('Keep-Alive: timeout=5, max=100\r\n').keepAliveMs, 5_000);
  assert.equal(parse('Keep-Alive: max=100,timeout=72\r\n').keepAliveMs, 72_000);
  assert.equal(parse('Keep-Alive: max=100\r\n').keepAliveMs, null);
  assert.equal(parse('').keepAliveMs, null);
});
