import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeServiceName, parseServiceName } from './service-name.ts';

test('a name is short, plain and speakable as a host label', () => {
  for (const name of ['db', 'shop-database', 'a1', `a${'b'.repeat(62)}`])
    assert.equal(parseServiceName(name), name);
  for (const name of [
    '',
    'a',
    'A1',
    '1a',
    '-a',
    'a-',
    'a_b',
    'a b',
    'héllo',
    '../x',
    `a${'b'.repeat(63)}`,
    'a\nb',
  ])
    assert.throws(() => parseServiceName(name), { code: 'SERVICE_NAME_INVALID' }, name);
});

test('a name that is taken gets a number', () => {
  assert.equal(freeServiceName('shop-redis', new Set()), 'shop-redis');
  assert.equal(freeServiceName('shop-redis', new Set(['shop-redis', 'shop-redis-2'])), 'shop-redis-3');
});
