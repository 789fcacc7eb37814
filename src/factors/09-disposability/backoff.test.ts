import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoff, restartAfter } from './backoff.ts';

function delayOf(crashesBefore: number, chance: number): number {
  const { startAt } = restartAfter({ startedAt: 1000, endedAt: 1500 }, { crashesBefore, chance });
  return startAt - 1500;
}

test('delays double from a tenth of a second to a minute', () => {
  assert.deepEqual(
    Array.from({ length: 12 }, (_, before) => delayOf(before, 0)),
    [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000],
  );
});

test('chance takes off a tenth at most', () => {
  assert.equal(delayOf(0, 0.5), 95);
  assert.equal(delayOf(20, 0.999_999), 54_000);
});

test('a life of a minute begins a new row, one of a millisecond less does not', () => {
  const at = (livedMs: number) =>
    restartAfter({ startedAt: 0, endedAt: livedMs }, { crashesBefore: 7, chance: 0 });
  assert.deepEqual(at(60_000), { crashes: 1, startAt: 60_100 });
  assert.deepEqual(at(59_999), { crashes: 8, startAt: 59_999 + 12_800 });
});

const crash = fc.record({
  livedMs: fc.nat(90_000),
  chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

test('however often a process crashes, the wait stays within its bounds and follows the row', () => {
  fc.assert(
    fc.property(fc.array(crash, { minLength: 1, maxLength: 60 }), (history) => {
      let crashes = 0;
      let startedAt = 0;
      for (const { livedMs, chance } of history) {
        const endedAt = startedAt + livedMs;
        const restart = restartAfter({ startedAt, endedAt }, { crashesBefore: crashes, chance });
        const delay = restart.startAt - endedAt;
        assert.ok(delay >= backoff.firstDelayMs * (1 - backoff.jitter) && delay <= backoff.longestDelayMs);
        assert.equal(restart.crashes, livedMs >= backoff.stableAfterMs ? 1 : crashes + 1);
        crashes = restart.crashes;
        startedAt = restart.startAt;
      }
    }),
  );
});

test('a longer row never waits less, whatever chance takes off', () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.nat(2000), chance, chance, (before, one, other) => {
      assert.ok(delayOf(before + 1, 0) >= delayOf(before, 0));
      const beforeCap = delayOf(before + 1, 0) < backoff.longestDelayMs;
      if (beforeCap) assert.ok(delayOf(before + 1, one) > delayOf(before, other));
    }),
  );
});
