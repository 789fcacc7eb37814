import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factorOf, type Judgement } from '../law.ts';
import { keepsAStackTraceInOneEvent } from './probe-errors.ts';
import { type RequestEvent, writesAnEventForEachRequest, writesAtOnce } from './probe-events.ts';
import {
  keepsRequestSecretsOut,
  type StreamFacts,
  writesLinesThatCanBeParsed,
  writesNoLogFiles,
} from './probe-stream.ts';
import { probes } from './probes.ts';

const told = ({ outcome, because }: Judgement): string => `${outcome}: ${because}`;

test('probes of logs are its own, and no two share an id', () => {
  assert.equal(new Set(probes.map(({ id }) => id)).size, probes.length);
  for (const { id } of probes) assert.equal(factorOf(id), 'logs');
});

const request = (changes: Partial<RequestEvent> = {}): RequestEvent => ({
  process: 'web.1',
  request: 'GET /',
  answeredAtMs: 100,
  status: 200,
  line: { atMs: 104, text: '{"path":"/"}' },
  lateLine: null,
  ...changes,
});
const late = { line: null, lateLine: { atMs: 2500, text: '{"path":"/"}' } };

test('a request has its event, and has it while the process lives', () => {
  const judge = (...requests: RequestEvent[]): readonly string[] =>
    [writesAnEventForEachRequest, writesAtOnce].map((probe) =>
      told(probe.judge({ requests, limitMs: 1000 })),
    );
  assert.deepEqual(judge(request(), request({ line: { atMs: 130, text: 'x' } })), [
    'holds: Each of 2 requests left a line on standard output',
    'holds: Each of 2 requests had its line within 30 ms of its answer, while the process lived',
  ]);
  assert.deepEqual(judge(request(), request(late)), [
    'holds: Each of 2 requests left a line on standard output',
    'broken: Lines of 1 of 2 requests came only when the process was stopped',
  ]);
  assert.deepEqual(judge(request({ line: null }), request({ line: null })), [
    'broken: 2 of 2 requests left no line on standard output, the first GET /',
    'unproven: No request left a line, at once or later',
  ]);
  assert.deepEqual(judge(request({ status: null, line: null })), [
    'unproven: No request was answered',
    'unproven: No request left a line, at once or later',
  ]);
});

const written = (process: string, texts: readonly string[]) => ({
  process,
  lines: texts.map((text, at) => ({ atMs: 20 + at, text })),
});

test('a stack trace of any language is one line, or is broken', () => {
  const judge = (lines: readonly string[], named = true): string =>
    told(
      keepsAStackTraceInOneEvent.judge({
        process: 'web.1',
        provocation: 'GET /fail was sent',
        provokedAtMs: 10,
        named,
        written: [written('web.1', lines), written('worker.1', ['{"level":"info","event":"idle"}'])],
      }),
    );
  const spread: readonly (readonly string[])[] = [
    ['Error: no', '    at fail (file:///app/server.js:10:9)'],
    ['Error: no', '    at async Server.<anonymous> (/app/server.js:10:9)'],
    ['Traceback (most recent call last):', '  File "/app/app.py", line 3, in fail'],
    ["app.rb:3:in 'fail': no (RuntimeError)"],
    ['RuntimeError: no', "\tfrom /app/app.rb:3:in 'Object#fail'"],
    ['java.lang.Error: no', '\tat com.example.App.fail(App.java:12)'],
    ['goroutine 1 [running]:', '\t/app/main.go:12 +0x1d'],
    ['PHP Fatal error: no', '#0 /app/index.php(3): fail()'],
  ];
  for (const lines of spread)
    assert.match(judge(lines), /^broken: A stack trace is written over \d lines by web\.1$/);
  const one = JSON.stringify({
    level: 'error',
    stack: 'Error: no\n    at fail (file:///app/server.js:10:9)',
  });
  assert.equal(judge([one]), 'holds: GET /fail was sent: the stack trace is one line of the log, by web.1');
  assert.equal(
    judge(['{"level":"warn","event":"database-away"}', '{"level":"info","path":"/"}']),
    'holds: GET /fail was sent: 1 error was logged, in one line, by web.1',
  );
  assert.equal(
    judge(['{"level":"info","path":"/fail","at":"12:30:01"}']),
    'unproven: GET /fail was sent, and no error was logged: it may be another request that fails',
  );
  assert.equal(judge([], false), 'unproven: GET /fail was sent, and no error was logged');
});

test('every process that logs the error is judged, and no other is named', () => {
  const judge = (web: readonly string[], worker: readonly string[]): string =>
    told(
      keepsAStackTraceInOneEvent.judge({
        process: 'redis',
        provocation: 'redis was taken away',
        provokedAtMs: 10,
        named: false,
        written: [written('web.1', web), written('worker.1', worker)],
      }),
    );
  const warning = '{"level":"warn","event":"redis-away"}';
  const trace = ['Error: no', '    at take (file:///app/worker.js:10:9)'];
  assert.equal(judge([warning], trace), 'broken: A stack trace is written over 2 lines by worker.1');
  assert.equal(judge(trace, trace), 'broken: A stack trace is written over 2 lines by web.1 and worker.1');
  assert.equal(
    judge([warning], [warning, warning]),
    'holds: redis was taken away: 3 errors were logged, each in one line, by web.1 and worker.1',
  );
  assert.equal(
    judge([], [warning]),
    'holds: redis was taken away: 1 error was logged, in one line, by worker.1',
  );
});

const streamOf = (changes: Partial<StreamFacts>): StreamFacts => ({
  lines: [],
  paths: ['/', '/notes'],
  opened: [],
  requestFiles: [],
  furtherLines: [],
  requestSecrets: ['secretabc', 'eyJhbGciOiJIUzI1NiJ9.e30.x'],
  secretFields: [],
  ...changes,
});
const lines = (...texts: string[]) => texts.map((text, at) => ({ process: 'web.1', atMs: at, text }));

test('a log file is known by its name, its folder, or what stands in it', () => {
  const judge = (...paths: string[]): string =>
    told(
      writesNoLogFiles.judge(
        streamOf({ opened: paths.map((path) => ({ process: 'web.1', atMs: 1, path })) }),
      ),
    );
  const clean = ['/app/data/catalog', '/tmp/cache', '/app/.npm/_logs/2026-debug-0.log', '/app/dialog/a.txt'];
  assert.equal(judge(...clean), 'holds: Of 4 files that were opened to be written none is a log');
  for (const path of ['/app/app.log', '/var/log/app', '/app/logs/today.txt', '/tmp/x.log.1', '/app/LOG/a'])
    assert.equal(judge(path), `broken: It writes its log to ${path}`);
  const requestFiles = [{ process: 'web.1', atMs: 1, path: '/app/events.txt', text: 'GET /x 404' }];
  assert.equal(
    told(writesNoLogFiles.judge(streamOf({ requestFiles }))),
    'broken: It writes its log to /app/events.txt',
  );
});

test('a line can be read when it is JSON or logfmt with a level, and of a request with its tags', () => {
  const judge = (...texts: string[]): string =>
    told(writesLinesThatCanBeParsed.judge(streamOf({ lines: lines(...texts) }))).split(':', 1)[0] ?? '';
  assert.equal(judge(), 'unproven');
  assert.equal(judge('', '  '), 'unproven');
  for (const text of [
    '{"level":"info","event":"started"}',
    '{"severity":"INFO","message":"x"}',
    '{"level":30,"req":{"method":"GET","url":"/"},"res":{"statusCode":200}}',
    '{"log.level":"info","http":{"request":{"method":"GET"},"response":{"status_code":200}},"url":{"path":"/"}}',
    'time=2026-01-01T00:00:00Z level=info msg="GET it" method=GET path=/ status=200',
    '{"level":"info","job":7,"path":"/tmp/x"}',
  ])
    assert.equal(judge(text), 'holds', text);
  for (const text of [
    'GET / 200',
    '127.0.0.1 - - [01/Jan/2026] "GET / HTTP/1.1" 200 12',
    '{"event":"started"}',
    '{"level":"info","message":"GET /notes"}',
    '{"level":"info","path":"/notes"}',
    '{"level":"info"',
    '[1,2]',
    'level=info',
    'level=info and then some',
  ])
    assert.equal(judge(text), 'broken', text);
});

test('what one line of a request lacks another with the same request id may have', () => {
  const judge = (...texts: string[]): string =>
    told(writesLinesThatCanBeParsed.judge(streamOf({ lines: lines(...texts) }))).split(':', 1)[0] ?? '';
  const begins =
    '{"level":30,"reqId":"req-1","req":{"method":"GET","url":"/notes"},"msg":"incoming request"}';
  const ends = (id: string): string =>
    `{"level":30,"reqId":"${id}","res":{"statusCode":200},"msg":"request completed"}`;
  assert.equal(judge(begins, ends('req-1')), 'holds');
  assert.equal(judge(begins, ends('req-2')), 'broken');
  assert.equal(judge(begins), 'broken');
  assert.equal(judge(begins.replace('"reqId":"req-1",', ''), ends('')), 'broken');
});

test('nine of ten lines have to be readable', () => {
  const good = '{"level":"info"}';
  const judge = (bad: number): string =>
    told(
      writesLinesThatCanBeParsed.judge(
        streamOf({ lines: lines(...Array.from({ length: 10 }, (_, at) => (at < bad ? 'no' : good))) }),
      ),
    );
  assert.equal(judge(1), 'holds: 90 % of 10 lines can be read by a program');
  assert.equal(judge(2), 'broken: 80 % of 10 lines can be read by a program, and 90 % must be');
});

test('a credential of a request in a line is shown with what stands around it', () => {
  const judge = (...texts: string[]): Judgement =>
    keepsRequestSecretsOut.judge(streamOf({ lines: lines(...texts) }));
  assert.equal(told(judge()), 'unproven: No line was written while requests were answered');
  assert.equal(
    told(judge('a', 'b')),
    'holds: None of 2 lines holds a credential that requests were sent with',
  );
  assert.equal(
    told(judge('auth Bearer eyJhbGciOiJIUzI1NiJ9.e30.x', 'b')),
    'broken: 1 of 2 lines hold the credential of a request',
  );
  const leak = judge('a', `${'x'.repeat(500)} authorization="Bearer secretabc" ${'y'.repeat(500)}`);
  assert.equal(told(leak), 'broken: 1 of 2 lines hold the credential of a request');
  const [first] = leak.evidence;
  assert.ok(first?.kind === 'event' && first.bytes?.includes('secretabc') && first.bytes.length < 200);
});

test('a field that is secret by its name is found by its value, and a short value behind its name', () => {
  const password = { name: 'password', value: 'a "7"&', distinct: false };
  const pin = { name: 'pin', value: '1234', distinct: false };
  const secret = { name: 'secret', value: 'q7Kz-2pTn', distinct: true };
  const judge = (text: string): string =>
    told(
      keepsRequestSecretsOut.judge(
        streamOf({ lines: lines('a'), furtherLines: lines(text), secretFields: [password, pin, secret] }),
      ),
    );
  for (const text of [
    '{"body":{"pin":"1234"}}',
    '{"body":{"pin":1234}}',
    String.raw`{"body":"{\"pin\":\"1234\"}"}`,
    String.raw`{"text":"{\"body\":\"{\\\"pin\\\":\\\"1234\\\"}\"}"}`,
    "{ body: { pin: '1234' } }",
    'level=info pin=1234 path=/',
    'level=info pin="1234"',
    'body="name=dozen&pin=1234"',
    'user[pin]=1234',
    'user%5Bpin%5D=1234',
    '{"pin"=>"1234"}',
    '{"pin" => "1234"}',
    '{:pin=>"1234"}',
  ])
    assert.equal(judge(text), 'broken: 1 of 2 lines hold the pin of a request', text);
  for (const text of ['password=a%20%227%22%26', String.raw`{"password":"a \"7\"&"}`])
    assert.equal(judge(text), 'broken: 1 of 2 lines hold the password of a request', text);
  assert.equal(judge('signed in with q7Kz-2pTn'), 'broken: 1 of 2 lines hold the secret of a request');
  for (const text of [
    'took 1234 ms',
    '{"pin":"[Filtered]","size":1234}',
    'pin=12345',
    'spin=1234',
    'pin=*** 1234',
    '/pin/1234',
  ])
    assert.equal(
      judge(text),
      'holds: None of 2 lines holds a credential that requests were sent with, the password and the pin and the secret of a form or of JSON included',
      text,
    );
});
