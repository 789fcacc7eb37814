import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatMemorySize, parseMemorySize } from './memory-size.ts';

const megabyte = 1024 ** 2;

test('a memory size is a number with its unit, in any case', () => {
  assert.equal(parseMemorySize('512MB'), 512 * megabyte);
  assert.equal(parseMemorySize('1.5 gb'), 1536 * megabyte);
  assert.equal(formatMemorySize(1024 * megabyte), '1GB');
  assert.equal(formatMemorySize(1536 * megabyte), '1536MB');
});

test('what is no size, too small or too large is refused', () => {
  for (const text of ['512', 'MB', '-1GB', '1e3MB', '15MB', '17TB', '٥GB', '1KB']) {
    assert.throws(() => parseMemorySize(text), {
      code: 'MEMORY_SIZE_INVALID',
      message: `Cannot read a memory size: expected a memory size such as "512MB" or "1.5GB", from 16MB to 16TB, got ${JSON.stringify(text)}`,
      hint: 'Write a number and MB, GB or TB, for example 512MB',
    });
  }
});

test('a formatted size is read as the same bytes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 16 * megabyte, max: 16 * 1024 * 1024 * megabyte }), (bytes) => {
      assert.equal(parseMemorySize(formatMemorySize(bytes)), bytes);
    }),
  );
});
