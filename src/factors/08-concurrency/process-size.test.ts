import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatProcessSize, namedSizes, nameOfSize, parseProcessSize } from './process-size.ts';

const megabyte = 1024 ** 2;

test('a size is memory, and cores where they are given', () => {
  assert.deepEqual(parseProcessSize('512MB'), { memory: 512 * megabyte, cpu: null });
  assert.deepEqual(parseProcessSize('1.5GB:0.5'), { memory: 1536 * megabyte, cpu: 0.5 });
});

test("Heroku's names stand for their memory, however they are written", () => {
  assert.deepEqual(parseProcessSize('standard-2x'), { memory: 1024 * megabyte, cpu: null });
  for (const [name, memory] of Object.entries(namedSizes))
    assert.equal(parseProcessSize(name).memory, memory);
  assert.equal(nameOfSize(parseProcessSize('512MB')), 'Standard-1X');
  assert.equal(nameOfSize(parseProcessSize('performance-m')), 'Performance-M');
  assert.equal(nameOfSize(parseProcessSize('512MB:2')), '512MB:2');
  assert.equal(nameOfSize(parseProcessSize('300MB')), '300MB');
});

test('what is no size is refused with what is', () => {
  for (const text of ['', 'big', '512', '-1GB', '1GB:', '1GB:0', '1GB:2000', '1GB:x', '1GB:1:1', 'MB', '1KB'])
    assert.throws(() => parseProcessSize(text), { fault: 'user' }, text);
});

test('a size that is formatted is read as the same', () => {
  const memory = fc.integer({ min: 16, max: 1024 * 1024 }).map((megabytes) => megabytes * megabyte);
  const cpu = fc.option(fc.integer({ min: 1, max: 40 }).map((quarters) => quarters / 4));
  const size = fc.tuple(memory, cpu).map(([bytes, cores]) => ({ memory: bytes, cpu: cores }));
  fc.assert(
    fc.property(size, (given) => {
      assert.deepEqual(parseProcessSize(formatProcessSize(given)), given);
    }),
  );
});
