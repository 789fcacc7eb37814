import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localNames, withLocalNames } from './local-names.ts';

test('names under localhost are found wherever a variable speaks of them, once each', () => {
  const environment = {
    STOCK_URL: 'http://stock.localhost:8080/',
    HOSTS: 'Stock.localhost,till.localhost:9000 b.a.localhost.',
    USER_URL: 'http://ada:secret@orders.localhost/path',
  };
  assert.deepEqual(localNames(environment), [
    'b.a.localhost',
    'orders.localhost',
    'stock.localhost',
    'till.localhost',
  ]);
});

test('what is no name under localhost is none', () => {
  const environment = {
    A: 'http://localhost:80',
    B: 'stock.localhost.example.org',
    C: 'stock.localhosts',
    D: '-x.localhost _y.localhost',
    E: `${'a'.repeat(64)}.localhost`,
    F: 'x.local host',
    G: 'redis://:secret.localhost@example.org',
    H: `${'a.'.repeat(200)}localhost`,
  };
  assert.deepEqual(localNames(environment), []);
});

test('a long value is read through in one pass', () => {
  assert.deepEqual(localNames({ LONG: `${'a-'.repeat(32_000)}.localhost` }), []);
  assert.deepEqual(localNames({ LONG: `${'a.'.repeat(32_000)}localhos` }), []);
});

test('the machine’s own names stay, each local name is a line behind them', () => {
  assert.equal(
    withLocalNames('127.0.0.1 localhost', ['a.localhost', 'b.localhost']),
    '127.0.0.1 localhost\n127.0.0.1 a.localhost\n127.0.0.1 b.localhost\n',
  );
  assert.equal(withLocalNames('', ['a.localhost']), '127.0.0.1 a.localhost\n');
});
