import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf, continued, fitted, wrapped } from './paragraph.ts';
import { visible } from './visible.ts';

test('lines break between words, and within one that is too wide', () => {
  assert.deepEqual(wrapped('one two  three\nfour', 9), ['one two', 'three', 'four']);
  assert.deepEqual(wrapped('a bcdefghij k', 4), ['a', 'bcde', 'fghi', 'j k']);
  assert.deepEqual(wrapped('日本語', 4), ['日本', '語']);
  assert.deepEqual(wrapped(' ', 4), []);
});

test('a line of a file keeps its indentation, and goes on further in', () => {
  assert.deepEqual(continued('  a: b', 10), ['  a: b']);
  assert.deepEqual(continued('  a: bb ccc', 10), ['  a:', '      bb', '      ccc']);
});

test('what is cut says so, and is no wider than it may be', () => {
  assert.equal(fitted('abcd', 4), 'abcd');
  assert.equal(fitted('abcde', 4), 'abc…');
  assert.equal(columnsOf(fitted('日本語', 4)), 3);
});

test('what cannot be seen is written out', () => {
  assert.equal(
    visible('a\u001b[1m\r\n\t\u0000\u009b\u202e\ufeff\ud800'),
    'a\\x1b[1m\\r\\n\\t\\x00\\x9b\\u202e\\ufeff\ufffd',
  );
  assert.equal(visible('naïve 日本 🙂'), 'naïve 日本 🙂');
});
