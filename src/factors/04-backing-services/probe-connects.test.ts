import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement } from '../law.ts';
import { type ConnectFact, connectsOnlyWhereTold, placesIn } from './probe-connects.ts';

const told = ({ outcome, because }: Judgement): string => `${outcome}: ${because}`;
const to = (address: string, port = 0, own = false): ConnectFact => ({
  process: 'web.1',
  atMs: 5,
  address,
  port,
  own,
});
const judge = (values: readonly string[], ...attempts: ConnectFact[]): string =>
  told(connectsOnlyWhereTold.judge({ attempts, values }));

test('places are read from addresses, pairs and lists', () => {
  assert.deepEqual(placesIn(['postgres://u:p@db.example.org/app']), [{ host: 'db.example.org', port: 5432 }]);
  assert.deepEqual(placesIn(['redis://[::1]:7000/0']), [{ host: '::1', port: 7000 }]);
  assert.deepEqual(placesIn(['kafka-1:9092,kafka-2:9093']), [
    { host: 'kafka-1', port: 9092 },
    { host: 'kafka-2', port: 9093 },
  ]);
  assert.deepEqual(placesIn(['10.0.0.7']), [{ host: '10.0.0.7', port: null }]);
  assert.deepEqual(placesIn(['true', '90', 'Guestbook', '/app', 'http://[', 'C.UTF-8']), []);
});

test('a connection goes where a variable says', () => {
  const holds = /^holds: Every connection that it asked for goes where a variable says/;
  assert.match(judge(['redis://127.0.0.1:7000'], to('127.0.0.1', 7000)), holds);
  assert.match(judge(['redis://localhost:7000'], to('::1', 7000), to('127.0.0.1', 7000)), holds);
  assert.match(judge(['127.0.0.1', '7000'], to('127.0.0.1', 7000)), holds, 'host and port in two variables');
  assert.match(judge(['https://api.example.org'], to('127.0.0.1', 53), to('10.1.2.3', 443)), holds);
  assert.match(judge(['postgres:///app?host=%2Fvar%2Frun%2Fdb'], to('/var/run/db/.s.PGSQL.5432')), holds);
});

test('one that none names is told by its place', () => {
  assert.equal(
    judge(['redis://127.0.0.1:7000'], to('127.0.0.1', 6379)),
    'broken: It reaches for 127.0.0.1:6379, which no variable names',
  );
  assert.equal(
    judge(['redis://10.0.0.1:6379'], to('127.0.0.1', 6379)),
    'broken: It reaches for 127.0.0.1:6379, which no variable names',
  );
  assert.equal(
    judge([], to('/run/postgresql/.s.PGSQL.5432'), to('/var/run/docker.sock')),
    'broken: It reaches for /run/postgresql/.s.PGSQL.5432, /var/run/docker.sock, which no variable names',
  );
  assert.equal(
    judge(['redis://127.0.0.1:7000'], to('127.0.0.1', 53)),
    'broken: It reaches for the address of a name, at 127.0.0.1:53, which no variable names',
  );
  assert.equal(
    judge([], to('2001:db8::1', 443)),
    'broken: It reaches for [2001:db8::1]:443, which no variable names',
  );
});

test('what belongs to the instance or its machine is nobody else', () => {
  const alone = 'holds: It asked for no connection to anything but itself';
  assert.equal(judge([]), alone);
  for (const own of [
    to('127.0.0.1', 5000, true),
    to('127.0.0.1', 0),
    to('/var/run/nscd/socket'),
    to('/run/systemd/userdb/io.systemd.DynamicUser'),
    to('/tmp/tsx-0/9.pipe'),
  ])
    assert.equal(judge([], own), alone, own.address);
});

test('many attempts at one place are one piece of evidence', () => {
  const many = Array.from({ length: 500 }, (_, at) => ({ ...to('127.0.0.1', 8125), atMs: 900 - at }));
  const { evidence } = connectsOnlyWhereTold.judge({ attempts: many, values: [] });
  assert.deepEqual(evidence, [
    { kind: 'event', process: 'web.1', atMs: 401, what: 'asked for a connection to 127.0.0.1:8125' },
  ]);
});
