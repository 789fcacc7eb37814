import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capitalized, codeFolder, withoutFolders, withoutLogFrame, withoutPorts } from './headline.ts';

const work = '/var/tmp/dozen-check-12-34-AbCdEf';
const folders = [`${work}/tree`, work, codeFolder];

test('a path of the app is told as its people write it', () => {
  for (const [said, told] of [
    ['It writes its log to /app/log/production.log', 'It writes its log to log/production.log'],
    ["Error: Cannot find module '/app/dist/server.js'", "Error: Cannot find module 'dist/server.js'"],
    ['at file:///app/server.js:3:7', 'at server.js:3:7'],
    [`${work}/tree/app.json is no JSON`, 'app.json is no JSON'],
    [`EACCES: '${work}/chamber/instances/web.1'`, "EACCES: 'chamber/instances/web.1'"],
    [`It watches ${work}/tree, and ${work}/`, 'It watches the app’s folder, and the app’s folder'],
    ['It watches /app', 'It watches /app'],
    ['It watches /app/.env', 'It watches .env'],
  ] as const)
    assert.equal(withoutFolders(said, folders), told);
});

test('what only looks like the folder of the app stays', () => {
  for (const said of [
    'GET /app/login answered 500',
    'no route for /app/login',
    'It wrote /data/app/x, /application/x and /tmp/visits',
    'https://example.com/app/x',
    'postgres://localhost/app',
    'It read ../app/x and ./app/x',
    'It wrote /app.log',
  ])
    assert.equal(withoutFolders(said, folders), said);
});

test('a port that the check chose is told by the variable that names it', () => {
  const nameOf = (port: number): string | null =>
    port === 20_001 ? 'DATABASE_URL' : port === 20_007 ? 'PORT' : null;
  for (const [said, told] of [
    ['connect ECONNREFUSED 127.0.0.1:20001', 'connect ECONNREFUSED the server of DATABASE_URL'],
    [
      'listen EADDRINUSE: address already in use :::20007',
      'listen EADDRINUSE: address already in use :::PORT',
    ],
    ['it asked for port 20001', 'it asked for the port of DATABASE_URL'],
    ['It reaches for 127.0.0.1:8125', 'It reaches for 127.0.0.1:8125'],
    [
      'goes where a variable says: localhost:20001, [::1]:20001',
      'goes where a variable says: the server of DATABASE_URL, the server of DATABASE_URL',
    ],
    ['redis://:x@10.0.0.1:20001/0', 'redis://:x@10.0.0.1:20001/0'],
    ['It wrote 20001 lines', 'It wrote 20001 lines'],
    ['Error: order:20001 is missing', 'Error: order:20001 is missing'],
  ] as const)
    assert.equal(withoutPorts(said, nameOf), told);
});

test('of a log line in JSON it is told what the line says', () => {
  const before = 'it ended with code 1: ';
  for (const [line, told] of [
    [
      '{"time":"2026-11-27T02:02:30Z","level":"error","event":"migration-failed","error":"No \\"SSL\\" here"}',
      'migration-failed: No "SSL" here',
    ],
    [
      '{"level":50,"err":{"type":"Error","message":"PORT is not set","stack":"Error: PORT is not set\\n at a"},"msg":"PORT is not set"}',
      'PORT is not set',
    ],
    ['{"time":1,"msg":"cannot start","err":{"message":"no","stack":"Error: n', 'cannot start: no'],
    ['{"event":"boot_failed","error":"relation \\"x\\" is', 'boot_failed: relation "x" is'],
    ['{"error":"a\\u00', 'a'],
    ['{"message":"no"} and more', '{"message":"no"} and more'],
    ['{"message":"no"}; node b.js fails too', 'no; node b.js fails too'],
    ['{"alloc":"refused","score":"1000"}', '{"alloc":"refused","score":"1000"}'],
    ['Error: {"a":1}', 'Error: {"a":1}'],
    ['{"message":"\\x"}', '{"message":"\\x"}'],
  ] as const)
    assert.equal(withoutLogFrame(before + line), before + told);
});

test('a sentence begins with a capital, a process or command as it is', () => {
  for (const [said, told] of [
    ['the release phase ended', 'The release phase ended'],
    ['it ended', 'It ended'],
    ['web.1 ended', 'web.1 ended'],
    ['node a.js ended', 'node a.js ended'],
  ] as const)
    assert.equal(capitalized(said), told);
});
