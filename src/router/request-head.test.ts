import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRequestHead, type RequestHead, requestLimits } from './request-head.ts';

function parse(text: string): RequestHead {
  const head = parseRequestHead(text);
  if (head.kind === 'refusal') assert.fail(`refused: it has ${head.reason}`);
  return head;
}

function reasonOf(text: string): string {
  const head = parseRequestHead(text);
  return head.kind === 'refusal' ? `${head.code}: ${head.reason}` : `taken: ${JSON.stringify(head.body)}`;
}

const refusedLines: readonly (readonly [string, string])[] = [
  ['G@T / HTTP/1.1', 'a method that is not a token'],
  [' GET / HTTP/1.1', 'a method that is not a token'],
  ['GET\t/ HTTP/1.1', 'a method that is not a token'],
  ['A'.repeat(25).concat(' / HTTP/1.1'), 'a method that is not a token'],
  ['GET  / HTTP/1.1', 'a request line that is not method, target and version'],
  ['GET /  HTTP/1.1', 'a request line that is not method, target and version'],
  ['GET / HTTP/1.1 ', 'a request line that is not method, target and version'],
  ['GET /a b HTTP/1.1', 'a request line that is not method, target and version'],
  ['GET /\x00 HTTP/1.1', 'a request line that is not method, target and version'],
  ['GET /\x7f HTTP/1.1', 'a request line that is not method, target and version'],
  ['GET /', 'a request line that is not method, target and version'],
  ['GET / HTTP/2.0', 'a version other than HTTP/1.1 and HTTP/1.0'],
  ['GET / HTTP/1.2', 'a version other than HTTP/1.1 and HTTP/1.0'],
  ['GET / http/1.1', 'a version other than HTTP/1.1 and HTTP/1.0'],
  ['GET / HTTP/1.1\rX', 'a line that ends with CR alone'],
  ['CONNECT a.localhost:443 HTTP/1.1', 'CONNECT, which this edge does not do'],
  ['GET a.localhost HTTP/1.1', 'a target that is neither a path nor a URL'],
  ['GET * HTTP/1.1', 'a target that is neither a path nor a URL'],
  ['GET ftp://a.localhost/ HTTP/1.1', 'a target that is neither a path nor a URL'],
  ['GET http://user@a.localhost/ HTTP/1.1', 'a Host that is not a host'],
];

for (const [line, reason] of refusedLines) {
  test(`a request line ${JSON.stringify(line)} is refused`, () => {
    assert.equal(reasonOf(`${line}\r\nHost: a\r\n\r\n`), `REQUEST_MALFORMED: ${reason}`);
  });
}

const refusedFields: readonly (readonly [string, string])[] = [
  ['', 'no Host'],
  ['Host: a\r\nHost: a\r\n', 'more than one Host'],
  ['Host: a\r\nhOST: b\r\n', 'more than one Host'],
  ['Host: a b\r\n', 'a Host that is not a host'],
  ['Host: a/b\r\n', 'a Host that is not a host'],
  ['Host: a,b@c\r\n', 'a Host that is not a host'],
  ['Host: a:x\r\n', 'a Host that is not a host'],
  ['Host: a:123456\r\n', 'a Host that is not a host'],
  ['Host: [::1\r\n', 'a Host that is not a host'],
  [
    'Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n',
    'both Content-Length and Transfer-Encoding',
  ],
  [
    'Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n',
    'both Content-Length and Transfer-Encoding',
  ],
  ['Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n', 'more than one Content-Length'],
  ['Host: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n', 'more than one Content-Length'],
  ['Host: a\r\nContent-Length: 1, 1\r\n', 'a Content-Length that is not a number'],
  ['Host: a\r\nContent-Length: +1\r\n', 'a Content-Length that is not a number'],
  ['Host: a\r\nContent-Length: -1\r\n', 'a Content-Length that is not a number'],
  ['Host: a\r\nContent-Length: 0x1\r\n', 'a Content-Length that is not a number'],
  ['Host: a\r\nContent-Length: 1e1\r\n', 'a Content-Length that is not a number'],
  ['Host: a\r\nContent-Length: 1 1\r\n', 'a Content-Length that is not a number'],
  ['Host: a\r\nContent-Length:\r\n', 'a Content-Length that is not a number'],
  ['Host: a\r\nContent-Length: 9007199254740992\r\n', 'a Content-Length that is not a number'],
  ['Host: a\r\nContent-Length: 18446744073709551617\r\n', 'a Content-Length that is not a number'],
  ['Host: a\r\nTransfer-Encoding: gzip, chunked\r\n', 'a Transfer-Encoding other than chunked'],
  ['Host: a\r\nTransfer-Encoding: chunked, chunked\r\n', 'a Transfer-Encoding other than chunked'],
  ['Host: a\r\nTransfer-Encoding: chunked,\r\n', 'a Transfer-Encoding other than chunked'],
  ['Host: a\r\nTransfer-Encoding: identity\r\n', 'a Transfer-Encoding other than chunked'],
  ['Host: a\r\nTransfer-Encoding: xchunked\r\n', 'a Transfer-Encoding other than chunked'],
  ['Host: a\r\nTransfer-Encoding:\r\n', 'a Transfer-Encoding other than chunked'],
  ['Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n', 'more than one Transfer-Encoding'],
  [
    'Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n',
    'more than one Transfer-Encoding',
  ],
  ['Host: a\r\nTransfer-Encoding : chunked\r\n', 'a space before the colon of a header'],
  ['Host: a\r\nTransfer-Encoding\t: chunked\r\n', 'a space before the colon of a header'],
  ['Host: a\r\n Transfer-Encoding: chunked\r\n', 'a folded header line'],
  ['Host: a\r\nX: 1\r\n 2\r\n', 'a folded header line'],
  ['Host: a\r\nX: 1\r\n\t2\r\n', 'a folded header line'],
  ['Host: a\r\nX: 1\nTransfer-Encoding: chunked\r\n', 'a line that ends with LF alone'],
  ['Host: a\r\nX\nY: 1\r\n', 'a line that ends with LF alone'],
  ['Host: a\r\nX: 1\rTransfer-Encoding: chunked\r\n', 'a line that ends with CR alone'],
  ['Host: a\r\nX: a\x00b\r\n', 'a control character in a header'],
  ['Host: a\r\nX: a\x0bb\r\n', 'a control character in a header'],
  ['Host: a\r\nX: a\x7fb\r\n', 'a control character in a header'],
  ['Host: a\r\nX\x00: b\r\n', 'a character in a header name that is not allowed there'],
  ['Host: a\r\nX\xff: b\r\n', 'a character in a header name that is not allowed there'],
  ['Host: a\r\n"X": b\r\n', 'a character in a header name that is not allowed there'],
  ['Host: a\r\nX\r\n', 'a character in a header name that is not allowed there'],
  ['Host: a\r\n: b\r\n', 'a header without a name'],
  ['Host: a\r\nConnection: close, content-length\r\n', 'a Connection header that names "content-length"'],
  ['Host: a\r\nConnection: Transfer-Encoding\r\n', 'a Connection header that names "transfer-encoding"'],
  ['Connection: host\r\nHost: a\r\n', 'a Connection header that names "host"'],
];

for (const [fields, reason] of refusedFields) {
  test(`the header lines ${JSON.stringify(fields)} are refused`, () => {
    assert.equal(reasonOf(`POST / HTTP/1.1\r\n${fields}\r\n`), `REQUEST_MALFORMED: ${reason}`);
  });
}

test('a Transfer-Encoding in HTTP/1.0 is refused', () => {
  const text = 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
  assert.equal(reasonOf(text), 'REQUEST_MALFORMED: a Transfer-Encoding in HTTP/1.0');
});

test('more headers than the limit are refused as too large', () => {
  const fields = (count: number): string =>
    `GET / HTTP/1.1\r\nHost: a\r\n${'X: 1\r\n'.repeat(count - 1)}\r\n`;
  assert.equal(parse(fields(requestLimits.fields)).kind, 'request');
  assert.equal(reasonOf(fields(requestLimits.fields + 1)), 'REQUEST_HEAD_TOO_LARGE: more than 200 headers');
});

test('what belongs to this hop is not sent on, and the rest is, byte by byte', () => {
  const head = parse(
    'GET /a?b HTTP/1.1\r\nAccept:  */* \r\nHost: A.localhost:80\r\nconnection: keep-alive, X-One\r\nx-one: 1\r\n' +
      'Keep-Alive: timeout=5\r\nProxy-Connection: x\r\nproxy-authorization: y\r\nTE: trailers\r\nTrailer: Z\r\n' +
      'Cookie: caf\xe9=\t"1"; 2\r\nUpgrade: x\r\nProxy: http://evil\r\n\r\n',
  );
  assert.equal(head.fields, 'Accept:  */* \r\nHost: A.localhost:80\r\nCookie: caf\xe9=\t"1"; 2\r\n');
  assert.equal(head.host, 'a.localhost');
});

test('a header that Connection names is dropped wherever it stands', () => {
  const head = parse(
    'GET / HTTP/1.1\r\nX-A: 1\r\nHost: a\r\nConnection: x-a,, x-B\r\nX-B: 2\r\nX-C: 3\r\n\r\n',
  );
  assert.equal(head.fields, 'Host: a\r\nX-C: 3\r\n');
});

test('a name with underscores that an app could take for one of ours is dropped', () => {
  const head = parse(
    'GET / HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: 1\r\nContent_Length: 5\r\nX-Request_Id: 2\r\nMy_Own: 3\r\n\r\n',
  );
  assert.equal(head.fields, 'Host: a\r\nMy_Own: 3\r\n');
});

test('an absolute target gives the host and the path, and its Host line takes the place of the client', () => {
  const head = parse('GET http://A.localhost:8080/x?y HTTP/1.1\r\nHost: other\r\nX: 1\r\n\r\n');
  assert.equal(head.target, '/x?y');
  assert.equal(head.host, 'a.localhost');
  assert.equal(head.fields, 'Host: A.localhost:8080\r\nX: 1\r\n');
  assert.equal(parse('GET http://a HTTP/1.1\r\nHost: a\r\n\r\n').target, '/');
  assert.equal(parse('GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n').target, '/?x');
  assert.equal(parse('OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n').target, '*');
});

test('a request of HTTP/1.0 needs no Host and does not keep its connection', () => {
  const head = parse('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
  assert.deepEqual([head.host, head.keepAlive, head.minor], ['', false, 0]);
});

test('an upgrade is asked for only by HTTP/1.1, with Connection: upgrade and without a body', () => {
  const upgradeOf = (version: string, fields: string): string | null =>
    parse(`GET / HTTP/${version}\r\nHost: a\r\nUpgrade: websocket\r\n${fields}\r\n`).upgrade;
  assert.equal(upgradeOf('1.1', 'Connection: Upgrade\r\n'), 'websocket');
  assert.equal(upgradeOf('1.1', 'Connection: keep-alive, upgrade\r\n'), 'websocket');
  assert.equal(upgradeOf('1.1', ''), null);
  assert.equal(upgradeOf('1.0', 'Connection: Upgrade\r\n'), null);
  assert.equal(upgradeOf('1.1', 'Connection: Upgrade\r\nContent-Length: 1\r\n'), null);
});

test('an upgrade to HTTP/2 is not passed on', () => {
  for (const wish of ['h2c', 'H2C', 'websocket, h2c', 'h2c,websocket', 'h2']) {
    const text = `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\nUpgrade: ${wish}\r\n\r\n`;
    assert.deepEqual([parse(text).upgrade, parse(text).fields], [null, 'Host: a\r\n'], wish);
  }
});

test('several X-Forwarded-For lines become one, in their order', () => {
  const head = parse(
    'GET / HTTP/1.1\r\nX-Forwarded-For: 1\r\nHost: a\r\nX-Forwarded-For:\r\nX-Forwarded-For: 2, 3\r\n\r\n',
  );
  assert.equal(head.forwardedFor, '1, 2, 3');
});

test('any tokens, targets and values come out as they went in', () => {
  const name = fc
    .stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/)
    .filter(
      (text) => !/^(host|te|content|transfer|connection|keep|proxy|trailer|upgrade|x-(forw|req))/i.test(text),
    );
  const value = fc.stringMatching(/^[\x21-\x7e\x80-\xff]([\x20-\x7e\x80-\xff]{0,40}[\x21-\x7e\x80-\xff])?$/);
  const fields = fc.array(fc.tuple(name, value), { maxLength: 20 });
  const target = fc.stringMatching(/^\/[\x21-\x7e\x80-\xff]{0,60}$/);
  const method = fc.stringMatching(/^[A-Z!#$%&'*+.^_`|~-]{1,20}$/).filter((text) => text !== 'CONNECT');
  fc.assert(
    fc.property(method, target, fields, (method, target, fields) => {
      const lines = ['Host: a', ...fields.map(([name, value]) => `${name}: ${value}`)];
      const head = parse(`${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      assert.equal(head.method, method);
      assert.equal(head.target, target);
      assert.equal(head.fields, lines.map((line) => `${line}\r\n`).join(''));
    }),
  );
});

test('no bytes make the parser throw, and what it takes has neither control characters nor two framings', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'GET / HTTP/1.1\r\n',
      'Host: a\r\n',
      'Content-Length: 1\r\n',
      'Transfer-Encoding: chunked\r\n',
      ' ',
      '\t',
      '\r',
      '\n',
      '\r\n',
      ':',
      'X: y\r\n',
      '\x00',
      'Connection: x\r\n',
    ),
    fc.string({ unit: 'binary-ascii', maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const head = parseRequestHead(`GET / HTTP/1.1\r\nHost: a\r\n${pieces.join('')}\r\n\r\n`);
      if (head.kind === 'refusal') return;
      assert.match(head.fields, /^([!-9;-~]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/);
      assert.doesNotMatch(head.fields, /^(content-length|transfer-encoding)/im);
    }),
    { numRuns: 2_000 },
  );
});
