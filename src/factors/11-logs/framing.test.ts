import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lineLimit, takeLines } from './framing.ts';

/** Latin-1 tells every byte from every other. */
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The lines of a stream that comes in chunks; what is not a line yet comes again with the next chunk. */
function frame(chunks: readonly Uint8Array[], limit?: number): string[] {
  const lines: string[] = [];
  let rest: Uint8Array = new Uint8Array();
  chunks.forEach((chunk, at) => {
    const bytes = Buffer.concat([rest, chunk]);
    const taken = takeLines(bytes, { last: at === chunks.length - 1, ...(limit && { limit }) });
    const texts = taken === null ? [] : latin1(taken.bytes).split('\n');
    assert.equal(texts.length, taken === null ? 0 : taken.count + 1);
    lines.push(...texts.slice(0, -1));
    rest = bytes.subarray(taken?.consumed ?? 0);
  });
  assert.equal(rest.length, 0);
  return lines;
}

test('lines end with a newline, empty ones count, a carriage return belongs to its line', () => {
  assert.deepEqual(frame([utf8('a\n\nb\r\n')]), ['a', '', 'b\r']);
});

test('a line that comes in pieces is one line', () => {
  assert.deepEqual(frame([utf8('one\ntw'), utf8('o'), utf8('\nthr'), utf8('ee\n')]), ['one', 'two', 'three']);
});

test('an unterminated end is a line only at the end of the stream', () => {
  assert.equal(takeLines(utf8('b'), { last: false }), null);
  assert.deepEqual(takeLines(utf8('b'), { last: true }), { bytes: utf8('b\n'), count: 1, consumed: 1 });
  assert.equal(takeLines(utf8(''), { last: true }), null);
});

test('whole lines are not copied', () => {
  const chunk = utf8('a\nb\nc');
  const lines = takeLines(chunk, { last: false });
  assert.equal(lines?.bytes.buffer, chunk.buffer);
  assert.equal(lines?.consumed, 4);
});

test('a line of the limit is whole, one byte more is cut', () => {
  const line = 'x'.repeat(lineLimit);
  assert.deepEqual(frame([utf8(`${line}\n`)]), [line]);
  assert.deepEqual(frame([utf8(`${line}y\n`)]), [line, 'y']);
});

test('a megabyte without a newline is taken at once, but for what may go on', () => {
  const taken = takeLines(new Uint8Array(16 * lineLimit), { last: false });
  assert.deepEqual([taken?.count, taken?.consumed], [15, 15 * lineLimit]);
});

test('a cut goes between characters', () => {
  assert.deepEqual(
    frame([utf8('ab€€\n')], 6).map((line) => Buffer.from(line, 'latin1').toString()),
    ['ab€', '€'],
  );
});

test('bytes that are not UTF-8 are cut at the limit', () => {
  assert.deepEqual(
    frame([new Uint8Array(9).fill(0x80)], 4).map(({ length }) => length),
    [4, 4, 1],
  );
});

/** Newlines, ASCII, whole characters and scraps of them. */
const bytes = fc
  .array(
    fc.oneof(
      fc.constantFrom('\n', 'a', 'bc', 'é', '€', '😀').map(utf8),
      fc.uint8Array({ maxLength: 3 }),
      fc.uint8Array({ min: 0x80, max: 0xbf, maxLength: 9 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

function split(stream: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let from = 0;
  for (const size of sizes) {
    chunks.push(stream.subarray(from, from + size));
    from += size;
  }
  return [...chunks, stream.subarray(from)];
}

test('any chunking gives the same lines', () => {
  fc.assert(
    fc.property(
      bytes,
      fc.array(fc.nat(12), { maxLength: 40 }),
      fc.integer({ min: 4, max: 20 }),
      (stream, sizes, limit) => {
        assert.deepEqual(frame(split(stream, sizes), limit), frame([stream], limit));
      },
    ),
    { numRuns: 500 },
  );
});

test('no byte is lost and no piece is over the limit', () => {
  fc.assert(
    fc.property(bytes, fc.integer({ min: 4, max: 20 }), (stream, limit) => {
      const lines = frame([stream], limit);
      assert.ok(lines.every(({ length }) => length <= limit));
      assert.equal(lines.join(''), latin1(stream).replaceAll('\n', ''));
      const whole = frame([stream], stream.length + 4);
      const newlines = latin1(stream).split('\n').length - 1;
      assert.equal(whole.length, newlines + (stream.length > 0 && stream.at(-1) !== 10 ? 1 : 0));
    }),
  );
});

/** Any character of Unicode. */
const unit = fc
  .oneof(
    fc.integer({ min: 0, max: 0xff }),
    fc.integer({ min: 0, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  )
  .map((point) => String.fromCodePoint(point));

test('a character is never cut in two in a stream of UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), fc.integer({ min: 4, max: 9 }), (text, limit) => {
      const decoder = new TextDecoder('utf-8', { fatal: true });
      for (const line of frame([utf8(text)], limit)) decoder.decode(Buffer.from(line, 'latin1'));
    }),
  );
});
