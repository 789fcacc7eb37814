import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createHeldLines, type HeldLines, lineCost } from './held-lines.ts';

const held = (limitBytes: number): HeldLines<string> =>
  createHeldLines<string>({
    limitBytes,
    encode: (line) => Buffer.from(`${line}\n`),
    encodeDropped: (count) => Buffer.from(`dropped ${count}\n`),
  });

const said = (delivery: Uint8Array | null): string[] =>
  delivery === null ? [] : Buffer.from(delivery).toString().split('\n').slice(0, -1);

const costOf = (line: string): number => Buffer.byteLength(line) + 1 + lineCost;

test('the oldest lines go first, in one piece', () => {
  const lines = held(100_000);
  lines.add(['a', 'b']);
  lines.add(['c']);
  assert.deepEqual(said(lines.take()), ['a', 'b', 'c']);
  lines.delivered();
  assert.equal(lines.take(), null);
  assert.ok(lines.isEmpty);
});

test('beyond the limit the oldest are dropped, and the next delivery begins with their number', () => {
  const lines = held(2 * costOf('a'));
  lines.add(['a', 'b', 'c', 'd']);
  assert.equal(lines.undelivered, 4);
  assert.deepEqual(said(lines.take()), ['dropped 2', 'c']);
  lines.delivered();
  assert.deepEqual(said(lines.take()), ['d']);
});

test('a line over the limit is dropped, and that is said', () => {
  const lines = held(500);
  lines.add(['x'.repeat(500)]);
  assert.deepEqual(said(lines.take()), ['dropped 1']);
});

test('empty lines fill no more than the limit', () => {
  const lines = held(1000 * lineCost);
  lines.add(Array.from({ length: 5000 }, () => ''));
  assert.match(said(lines.take())[0] ?? '', /^dropped 4\d\d\d$/);
});

test('a delivery that is given back is made again, with the number of the dropped', () => {
  const lines = held(4 * costOf('a'));
  lines.add(['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(said(lines.take()), ['dropped 1', 'b', 'c']);
  lines.add(['f']);
  lines.giveBack();
  assert.deepEqual(said(lines.take()), ['dropped 2', 'b', 'c']);
  lines.delivered();
  assert.deepEqual(said(lines.take()), ['e', 'f']);
});

test('a line in delivery is not dropped', () => {
  const lines = held(4 * costOf('a'));
  lines.add(['a', 'b', 'c', 'd']);
  assert.deepEqual(said(lines.take()), ['a', 'b']);
  lines.add(['e', 'f', 'g']);
  lines.delivered();
  assert.deepEqual(said(lines.take()), ['dropped 3', 'f', 'g']);
});

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.array(fc.nat(700), { maxLength: 9 }) },
    fc.constantFrom('take' as const, 'delivered' as const, 'giveBack' as const),
  ),
  { maxLength: 80 },
);

test('whatever happens, every line is delivered in order, told as dropped or still counted, within the limit', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 400, max: 8000 }), (history, limitBytes) => {
      const lines = held(limitBytes);
      const arrived: string[] = [];
      let added = 0;
      let delivery: string[] | null = null;
      for (const step of history) {
        if (typeof step !== 'string') {
          lines.add(step.map((length) => `${++added}${'x'.repeat(length)}`));
        } else if (step === 'take' && delivery === null) {
          const bytes = lines.take();
          delivery = bytes === null ? null : said(bytes);
          const cost = (delivery ?? []).filter(isLine).reduce((sum, line) => sum + costOf(line), 0);
          assert.ok(cost <= limitBytes);
        } else if (step !== 'take' && delivery !== null) {
          lines[step]();
          if (step === 'delivered') arrived.push(...delivery);
          delivery = null;
        }
        const told = arrived
          .filter((line) => !isLine(line))
          .reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
        assert.equal(arrived.filter(isLine).length + told + lines.undelivered, added);
      }
      const numbers = arrived.filter(isLine).map((line) => Number.parseInt(line, 10));
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].sort((a, b) => a - b),
      );
    }),
    { numRuns: 500 },
  );
});

const isLine = (line: string): boolean => !line.startsWith('dropped');
