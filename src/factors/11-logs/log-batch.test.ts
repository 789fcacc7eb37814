import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type LogBatch, linesOf } from './log-batch.ts';

const stamp = { at: 7, source: 'app', process: 'web.1', instance: 'a' } as const;

function batchOf(text: string, lines: number): LogBatch {
  return { ...stamp, sequence: 12, lines, end: 0, bytes: new TextEncoder().encode(text) };
}

test('any lines in, the same lines out, each with the stamp of the batch and a number of its own', () => {
  const words = fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', '')));
  fc.assert(
    fc.property(words, (texts) => {
      assert.deepEqual(
        linesOf(batchOf(texts.map((text) => `${text}\n`).join(''), texts.length)),
        texts.map((text, at) => ({ ...stamp, sequence: 12 + at, text })),
      );
    }),
  );
});

test('a byte order mark is a part of its line, wherever it stands', () => {
  assert.deepEqual(
    linesOf(batchOf('\ufeffone\ntwo\ufeff\n\ufeff\n', 3)).map(({ text }) => text),
    ['\ufeffone', 'two\ufeff', '\ufeff'],
  );
});

test('what is no UTF-8 is U+FFFD, and lines stay apart', () => {
  const bytes = Uint8Array.from([0x61, 0xe2, 0x82, 0x0a, 0xff, 0x0a]);
  assert.deepEqual(
    linesOf({ ...batchOf('', 2), bytes }).map(({ text }) => text),
    ['a\ufffd', '\ufffd'],
  );
});
