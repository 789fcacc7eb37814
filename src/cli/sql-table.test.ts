import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTable, harmless } from './sql-table.ts';

test('columns are aligned, numbers to the right, and null is empty', () => {
  const columns = [
    { name: 'id', align: 'right' },
    { name: 'name', align: 'left' },
    { name: 'note', align: 'left' },
  ] as const;
  assert.equal(
    formatTable(columns, [
      ['1', 'Ada', null],
      ['100', 'Grace Hopper', 'x'],
    ]),
    [
      ' id  |     name     | note',
      '-----+--------------+------',
      '   1 | Ada          |',
      ' 100 | Grace Hopper | x',
      '(2 rows)',
      '',
      '',
    ].join('\n'),
  );
});

test('wide characters count for two and marks for none', () => {
  const table = formatTable(
    [
      { name: 'a', align: 'left' },
      { name: 'b', align: 'left' },
    ],
    [
      ['日本', '1'],
      ['e\u0301', '2'],
    ],
  );
  assert.equal(table, '  a   | b\n------+---\n 日本 | 1\n e\u0301    | 2\n(2 rows)\n\n');
});

test('no character reaches a terminal as a command', () => {
  assert.equal(harmless('a\u001b[2Jb\u0007\nc\u009b1m\u202ed'), 'a\\u{1b}[2Jb\\u{7}\\nc\\u{9b}1m\\u{202e}d');
  const table = formatTable([{ name: 'x\u001b', align: 'left' }], [['\u001b]0;title\u0007']]);
  assert.doesNotMatch(table, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});
