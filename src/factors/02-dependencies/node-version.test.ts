import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { resolveNodeVersion } from './node-version.ts';

const table = ['22.9.0', '26.10.0', '24.2.0', '26.9.1', '22.10.0'];

test('a range gives the newest version in it, whatever the order of the table', () => {
  assert.equal(resolveNodeVersion('22.x', table), '22.10.0');
  assert.equal(resolveNodeVersion('^24.0.0 || ^22', table), '24.2.0');
  assert.equal(resolveNodeVersion('26.9.1', table), '26.9.1');
  assert.equal(resolveNodeVersion('>=18 <26', table), '24.2.0');
});

test('no range, or an empty one, gives the newest version', () => {
  assert.equal(resolveNodeVersion(null, table), '26.10.0');
  assert.equal(resolveNodeVersion('', table), '26.10.0');
});

test('a text that is no range is refused', () => {
  assert.throws(() => resolveNodeVersion('lts/*', table), {
    code: 'NODE_RANGE_INVALID',
    message: 'Cannot choose a Node version: engines.node is "lts/*", not a range',
    hint: 'Write a range such as "24.x" or ">=22" in engines.node of package.json',
  });
});

test('a range without a version in the table is refused with the versions there are', () => {
  assert.throws(() => resolveNodeVersion('20.x', table), {
    code: 'NODE_VERSION_UNAVAILABLE',
    message: 'Cannot choose a Node version: none that Dozen has is in the range "20.x"',
    hint: 'Declare one of "26.x", "24.x", "22.x" in engines.node of package.json',
  });
});

test('any text gives a version of the table or a coded refusal', () => {
  const scrap = fc.array(
    fc.oneof(fc.constantFrom('>=', '^', '~', '26', '.', 'x', ' || ', '-', ' '), fc.string({ maxLength: 3 })),
  );
  fc.assert(
    fc.property(scrap, (parts) => {
      try {
        assert.ok(table.includes(resolveNodeVersion(parts.join(''), table)));
      } catch (error) {
        assert.match((error as { code: string }).code, /^NODE_/);
      }
    }),
  );
});
