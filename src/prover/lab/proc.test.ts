import assert from 'node:assert/strict';
import { test } from 'node:test';
import { livingIn } from './proc.ts';

const stat = (pid: number, { name = 'node', state = 'S', startedAt = 100 } = {}): string =>
  `${pid} (${name}) ${state} 1 ${pid} ${pid} 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 ${startedAt} 1 1 18446744073709551615`;

test('processes come oldest first, whatever their numbers are', () => {
  const pids = (...stats: readonly string[]): readonly number[] => livingIn(stats).map(({ pid }) => pid);
  assert.deepEqual(pids(stat(1000), stat(999)), [999, 1000], 'of one moment, by number');
  const [young, old] = [stat(3, { startedAt: 9000 }), stat(32_000, { startedAt: 500 })];
  assert.deepEqual(pids(young, old), [32_000, 3], 'numbers come round');
});

test('a name may hold what it likes, and what has ended is no process', () => {
  const [odd] = livingIn([
    stat(7, { name: ') S 1 (' }),
    stat(8, { state: 'Z' }),
    stat(9, { state: 'X' }),
    '',
  ]);
  assert.deepEqual(odd, { pid: 7, state: 'S', parent: 1, session: 7, startedAt: 100 });
  assert.equal(livingIn([stat(8, { state: 'Z' }), '']).length, 0);
});
