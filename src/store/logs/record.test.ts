import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LogBatch } from '../../factors/11-logs/log-batch.ts';
import { recordBytes, recordsIn } from './record.ts';

const batches = fc.array(
  fc.record(
    {
      at: fc.maxSafeNat(),
      sequence: fc.maxSafeNat(),
      lines: fc.nat(),
      source: fc.constantFrom<LogBatch['source'][]>('app', 'dozen'),
      process: fc.string({ unit: 'binary' }),
      instance: fc.string({ unit: 'binary' }),
      end: fc.maxSafeNat(),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.string().map((text) => new TextEncoder().encode(`${text}\n`)),
      ),
    },
    { noNullPrototype: true },
  ),
  { maxLength: 6 },
);

function batchesIn(content: Buffer, offset?: number): LogBatch[] {
  return [...recordsIn(content, offset)].map(({ batch }) => ({
    ...batch,
    bytes: Uint8Array.from(batch.bytes),
  }));
}

const joined = (written: readonly LogBatch[]): Buffer => Buffer.concat(written.map(recordBytes));

/** How many of the batches lie before the byte at `offset`. */
function wholeBefore(written: readonly LogBatch[], offset: number): number {
  return written.filter((_, at) => joined(written.slice(0, at + 1)).length <= offset).length;
}

test('any batches in, the same batches out', () => {
  fc.assert(fc.property(batches, (written) => assert.deepEqual(batchesIn(joined(written)), written)));
});

test('a reader goes on at the end of any record', () => {
  fc.assert(
    fc.property(batches, (written) => {
      const content = joined(written);
      for (const [at, { next }] of [...recordsIn(content)].entries())
        assert.deepEqual(batchesIn(content, next), written.slice(at + 1));
    }),
  );
});

test('content that is cut off anywhere holds the whole records before the cut', () => {
  fc.assert(
    fc.property(batches, fc.double({ min: 0, max: 1, noNaN: true }), (written, share) => {
      const content = joined(written);
      const cut = Math.floor(content.length * share);
      assert.deepEqual(batchesIn(content.subarray(0, cut)), written.slice(0, wholeBefore(written, cut)));
    }),
  );
});

test('content that is garbled from somewhere on holds the whole records before that, and nothing else', () => {
  const garbled = fc.record({
    share: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 80 }),
  });
  fc.assert(
    fc.property(batches, garbled, (written, { share, bytes }) => {
      const content = joined(written);
      const from = Math.floor(content.length * share);
      const damaged = Buffer.concat([content.subarray(0, from), bytes]);
      const same = damaged.findIndex((byte, at) => byte !== content[at]);
      const whole = written.slice(0, wholeBefore(written, same < 0 ? damaged.length : same));
      assert.deepEqual(batchesIn(damaged), whole);
    }),
    { numRuns: 500 },
  );
});

test('one changed bit anywhere ends the records before it', () => {
  const record = recordBytes({
    at: 1,
    sequence: 1,
    lines: 1,
    source: 'app',
    process: 'web.1',
    instance: 'a',
    end: 5,
    bytes: Buffer.from('12345\n'),
  });
  for (let bit = 0; bit < record.length * 8; bit++) {
    const changed = Buffer.concat([record, record]);
    changed[record.length + (bit >> 3)] = (record[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal([...recordsIn(changed)].length, 1, `bit ${bit}`);
  }
});

test('a line of JSON that is no header ends the records', () => {
  const sumOfNothing = '00000000 ';
  for (const prefix of ['', sumOfNothing])
    for (const json of ['0', '""', '{}', '[]', 'null', '{"len":-1}', '{"len":"3"}', '{"len":0.5}', ''])
      assert.deepEqual(batchesIn(Buffer.from(`${prefix}${json}\nabc\n`)), [], prefix + json);
});
