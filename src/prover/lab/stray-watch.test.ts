import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Listener } from './lab.ts';
import { StrayWatch } from './stray-watch.ts';

const at = (port: number): Listener => ({ address: '::', port, pid: 7 });

/** Whether it was given up, looking once a second while it listens as told. */
const givenUp = (...listening: readonly (readonly Listener[])[]): boolean => {
  let second = 0;
  const watch = new StrayWatch({
    port: 5000,
    now: () => second * 1000,
    listeners: () => listening[Math.min(second, listening.length) - 1] ?? [],
  });
  for (second = 1; second <= 10; second += 1) if (watch.settled()) return true;
  return false;
};

test('a process that keeps listening elsewhere is given up', () => {
  assert.equal(givenUp([at(3000)]), true);
});

test('one that listens nowhere yet, or at its port too, is not', () => {
  assert.equal(givenUp([]), false);
  assert.equal(givenUp([at(3000), at(5000)]), false);
  assert.equal(givenUp([at(3000)], [at(3000)], [at(5000)]), false);
});
