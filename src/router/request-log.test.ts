import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { longestPath, requestLog } from './request-log.ts';
import type { RequestLine } from './router.ts';

const line: RequestLine = {
  at: 0,
  appId: 'app-1',
  method: 'GET',
  host: 'guestbook.localhost',
  path: '/x?y=1',
  requestId: '8dd4ad2e-6e2c-46b9-a1f8-074bf0e101b3',
  client: '127.0.0.1',
  process: 'web.1',
  connectMs: 0.4,
  serviceMs: 11.6,
  status: 200,
  bytes: 512,
  protocol: 'http',
  code: null,
};

test('an answered request is the published sentence', () => {
  assert.equal(
    requestLog(line),
    'at=info method=GET path="/x?y=1" host=guestbook.localhost request_id=8dd4ad2e-6e2c-46b9-a1f8-074bf0e101b3 ' +
      'fwd="127.0.0.1" dyno=web.1 connect=0ms service=12ms status=200 bytes=512 protocol=http',
  );
});

test('a failed request says its code and what it means', () => {
  assert.equal(
    requestLog({ ...line, code: 'PROCESS_NONE', status: 503, process: null }),
    'at=error code=PROCESS_NONE desc="The app has no process that is ready for requests" method=GET path="/x?y=1" ' +
      'host=guestbook.localhost request_id=8dd4ad2e-6e2c-46b9-a1f8-074bf0e101b3 fwd="127.0.0.1" dyno= connect=0ms ' +
      'service=12ms status=503 bytes=512 protocol=http',
  );
});

test('maintenance is said as Heroku says it, and is no error', () => {
  assert.match(
    requestLog({ ...line, code: 'APP_IN_MAINTENANCE', status: 503, process: null }),
    /^at=info code=H80 desc="Maintenance mode" method=GET .* dyno= .* status=503 /,
  );
});

test('a client that left is no error', () => {
  assert.match(requestLog({ ...line, code: 'CLIENT_GONE', status: 499 }), /^at=info code=CLIENT_GONE desc="/);
});

test('what a client chose cannot end a line, a quote or a field', () => {
  const hostile = requestLog({
    ...line,
    path: '/"\\\n\r\t\x00\x7f\xe9\u2028 status=500',
    host: 'a b',
    method: 'G=T "x"',
  });
  assert.ok(hostile.includes('method="G=T \\"x\\"" '));
  assert.ok(hostile.includes('path="/\\"\\\\\\n\\r\\t\\x00\\x7f\\xe9\\u2028 status=500" '));
  assert.ok(hostile.includes('host="a b" '));
});

test('a very long path is cut', () => {
  const text = requestLog({ ...line, path: `/${'x'.repeat(60_000)}` });
  assert.ok(text.includes(`path="/${'x'.repeat(longestPath - 1)}..." `));
});

test('any request is one line of printable ASCII whose fields can be read back', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('" status=1 "', '\n', '\\'),
  );
  fc.assert(
    fc.property(text, text, text, (path, host, method) => {
      const log = requestLog({ ...line, path, host, method });
      assert.match(log, /^[\x20-\x7e]*$/);
      const fields = [...log.matchAll(/([a-z_]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?= |$)/g)];
      assert.equal(fields.map(([whole]) => whole).join(' '), log);
      assert.equal(fields.find(([, name]) => name === 'status')?.[2], '200');
    }),
  );
});
