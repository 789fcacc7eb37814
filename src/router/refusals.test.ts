import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEdge } from '../../test/router/edge.ts';
import { dial, rawServer } from '../../test/router/wire.ts';

function answerOf(reason: string, id: string): string {
  const body =
    `The request cannot be read\n\nThe request is not valid HTTP: it has ${reason}\n\n` +
    `REQUEST_MALFORMED\nRequest ${id}\n`;
  return (
    `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n` +
    `Cache-Control: no-store\r\nDate: <now>\r\nDozen-Error: REQUEST_MALFORMED\r\nX-Request-Id: ${id}\r\n` +
    `Connection: close\r\n\r\n${body}`
  );
}

const smuggled = 'GET /admin HTTP/1.1\r\nHost: app.localhost\r\n\r\n';

const attempts: readonly (readonly [string, string, string])[] = [
  [
    'CL.TE',
    `POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG${smuggled}`,
    'both Content-Length and Transfer-Encoding',
  ],
  [
    'TE.CL',
    `POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n2f\r\n${smuggled}\r\n0\r\n\r\n`,
    'both Content-Length and Transfer-Encoding',
  ],
  [
    'CL.CL',
    `POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 0\r\nContent-Length: 47\r\n\r\n${smuggled}`,
    'more than one Content-Length',
  ],
  [
    'TE.TE, one of them obfuscated',
    `POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'a Transfer-Encoding other than chunked',
  ],
  [
    'a vertical tab before chunked',
    `POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'a control character in a header',
  ],
  [
    'a space before the colon',
    `POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'a space before the colon of a header',
  ],
  [
    'a folded Transfer-Encoding',
    `POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'a Transfer-Encoding other than chunked',
  ],
  [
    'a header behind a bare LF',
    `POST / HTTP/1.1\r\nHost: app.localhost\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'a line that ends with LF alone',
  ],
  [
    'a header behind a bare CR',
    `POST / HTTP/1.1\r\nHost: app.localhost\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'a line that ends with CR alone',
  ],
  [
    'lines that all end with LF',
    `GET / HTTP/1.1\nHost: app.localhost\n\n${smuggled.replaceAll('\r', '')}`,
    'a line that ends with LF alone or a NUL',
  ],
  [
    'a TLS greeting',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'a line that ends with LF alone or a NUL',
  ],
  ['two hosts', 'GET / HTTP/1.1\r\nHost: app.localhost\r\nHost: other\r\n\r\n', 'more than one Host'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', 'no Host'],
  ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'a version other than HTTP/1.1 and HTTP/1.0'],
  [
    'CONNECT',
    'CONNECT app.localhost:443 HTTP/1.1\r\nHost: app.localhost:443\r\n\r\n',
    'CONNECT, which this edge does not do',
  ],
];

for (const [name, bytes, reason] of attempts) {
  test(`${name} is refused with 400, and no byte of it reaches a process`, async () => {
    await using app = await rawServer();
    await using edge = await startEdge();
    edge.serve(app.port);
    const client = (await dial(edge.port)).send(bytes);
    const answer = await client.rest();
    const line = await edge.line();
    assert.equal(answer.replace(/Date: [^\r]+/, 'Date: <now>'), answerOf(reason, line.requestId));
    assert.deepEqual([line.code, line.status, line.appId], ['REQUEST_MALFORMED', 400, null]);
    assert.equal(app.accepted, 0);
    client.socket.end();
  });
}
