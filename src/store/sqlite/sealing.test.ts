import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { seal, unseal } from './sealing.ts';

const key = createSecretKey(Buffer.alloc(32, 1));
const binding = ['config', 'owner', 'GREETING'] as const;
const plain = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));

test('what was sealed opens with the same key for the same purpose', () => {
  fc.assert(
    fc.property(plain, (text) => {
      assert.deepEqual(unseal(key, seal(key, text, binding), binding), text);
    }),
  );
});

test('a record in which any byte was changed does not open', () => {
  fc.assert(
    fc.property(plain, fc.nat(), fc.integer({ min: 1, max: 255 }), (text, position, change) => {
      const sealed = seal(key, text, binding);
      const at = position % sealed.length;
      sealed[at] = (sealed[at] ?? 0) ^ change;
      assert.equal(unseal(key, sealed, binding), null);
    }),
  );
});

test('a record of any other length does not open', () => {
  const sealed = seal(key, Buffer.from('hello'), binding);
  for (let length = 0; length < sealed.length; length++) {
    assert.equal(unseal(key, sealed.subarray(0, length), binding), null);
  }
  assert.equal(unseal(key, Buffer.concat([sealed, Buffer.of(0)]), binding), null);
});

test('a record does not open with another key or for another purpose', () => {
  const sealed = seal(key, Buffer.from('hello'), binding);
  assert.equal(unseal(createSecretKey(randomBytes(32)), sealed, binding), null);
  for (const other of [
    ['credential', 'owner', 'GREETING'],
    ['config', 'somebody', 'GREETING'],
    ['config', 'owner', 'FAREWELL'],
    ['config', 'ownerGREETING'],
    ['config', 'owner', 'GREETING', ''],
  ]) {
    assert.equal(unseal(key, sealed, other), null, other.join());
  }
});

test('the same text sealed twice looks different', () => {
  const [one, two] = [seal(key, Buffer.from('hello'), binding), seal(key, Buffer.from('hello'), binding)];
  assert.notDeepEqual(one, two);
});
