import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patienceOf } from './patience.ts';

const late = { ready: false, why: 'it listens nowhere', late: true } as const;

test('a type that was waited for in vain is waited for less, until it comes', () => {
  const patience = patienceOf(60_000);
  patience.learn('web', { ready: false, why: 'it ended with code 1', late: false });
  assert.equal(patience.of('web'), 60_000);
  patience.learn('web', late);
  assert.deepEqual([patience.of('web'), patience.of('worker')], [5_000, 60_000]);
  patience.learn('web', { ready: true, tookMs: 20 });
  assert.equal(patience.of('web'), 60_000);
});

test('nobody is waited for longer than the scenario says', () => {
  const patience = patienceOf(2_000);
  patience.learn('web', late);
  assert.equal(patience.of('web'), 2_000);
});
