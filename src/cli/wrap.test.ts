import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columns, readingWidth, wrap } from './wrap.ts';

test('text is broken between words, whatever its own line breaks are', () => {
  assert.deepEqual(wrap('one two\nthree four', 9), ['one two', 'three', 'four']);
  assert.deepEqual(wrap('one incomprehensibilities two', 9), ['one', 'incomprehensibilities', 'two']);
  assert.deepEqual(wrap('', 9), ['']);
});

test('the right column stays in line, below a left text that is too wide', () => {
  const wide = 'dozen ps policy worker --grace 120 --replacement stop-first';
  assert.equal(
    columns(
      [
        [wide, 'a worker that needs its time'],
        ['dozen ps policy', 'what each type has'],
      ],
      70,
    ),
    [
      `  ${wide}`,
      `${' '.repeat(46)}a worker that needs its`,
      `${' '.repeat(46)}time`,
      `  ${'dozen ps policy'.padEnd(42)}  what each type has`,
    ].join('\n'),
  );
});

test('help is as wide as the terminal, and never wider than 100', () => {
  assert.equal(readingWidth({ columns: 80 }), 80);
  assert.equal(readingWidth({ columns: 200 }), 100);
  assert.equal(readingWidth({ columns: 0 }), 100, 'a terminal that does not know its width');
  assert.equal(readingWidth({ columns: 3 }), 40);
  assert.equal(readingWidth({}), 100);
});
