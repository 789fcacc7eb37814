import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeFolder, withoutFolders, withoutPorts } from './headline.ts';

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
  ] as const)
    assert.equal(withoutPorts(said, nameOf), told);
});
