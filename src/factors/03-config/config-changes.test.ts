import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, describeChanges } from './config-changes.ts';
import { Secret } from './secret.ts';

const config = new Map([
  ['A', new Secret('1')],
  ['B', new Secret('')],
]);

test('a variable set to what it is, or unset where there is none, is no change', () => {
  const asked = new Map([
    ['A', new Secret('1')],
    ['B', new Secret('2')],
    ['C', null],
    ['D', new Secret('')],
  ]);
  assert.deepEqual([...changed(config, asked).keys()], ['B', 'D']);
  assert.deepEqual([...changed(config, new Map([['B', null]])).keys()], ['B']);
});

test('a change is described by its names, never by a value', () => {
  const secret = new Secret('hush');
  assert.equal(describeChanges(new Map([['A', secret]])), 'Set A config var');
  assert.equal(describeChanges(new Map([['A', null]])), 'Remove A config var');
  assert.equal(
    describeChanges(
      new Map<string, Secret | null>([
        ['A', secret],
        ['B', null],
        ['C', secret],
      ]),
    ),
    'Set A, C, remove B config vars',
  );
  const many = Array.from({ length: 8 }, (_, at): [string, Secret] => [`V${at}`, secret]);
  assert.equal(describeChanges(new Map(many)), 'Set V0, V1, V2, V3, V4 and 3 more config vars');
});
