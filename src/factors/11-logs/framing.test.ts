import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFraming, type Frames, lineLimit } from './framing.ts';

interface Line {
  readonly bytes: string;
  readonly cut: boolean;
}

/** The lines of one call as Latin-1, so that every byte is told from every other. */
function linesOf({ bytes, count, starts, ends, cuts }: Frames): Line[] {
  return Array.from({ length: count }, (_, i) => ({
    bytes: Buffer.from(bytes.subarray(starts[i], ends[i])).toString('latin1'),
    cut: cuts[i] === 1,
  }));
}

function frame(chunks: readonly Uint8Array[], limit?: number): Line[] {
  const framing = createFraming(limit);
  const lines: Line[] = [];
  for (const chunk of chunks) {
    const own = Uint8Array.from(chunk);
    lines.push(...linesOf(framing.push(own)));
    own.fill(0xff);
  }
  return [...lines, ...linesOf(framing.flush())];
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const whole = (...texts: readonly string[]): Line[] => texts.map((bytes) => ({ bytes, cut: false }));

test('lines end with a newline, empty ones count, a carriage return belongs to its line', () => {
  assert.deepEqual(frame([utf8('a\n\nb\r\n')]), whole('a', '', 'b\r'));
});

test('a line that comes in pieces is one line, and its chunks may be written over', () => {
  assert.deepEqual(
    frame([utf8('one\ntw'), utf8('o'), utf8('\nthr'), utf8('ee\n')]),
    whole('one', 'two', 'three'),
  );
});

test('an unterminated end is given when the stream ends, once', () => {
  const framing = createFraming();
  assert.equal(framing.push(utf8('a\nb')).count, 1);
  assert.deepEqual(linesOf(framing.flush()), whole('b'));
  assert.equal(framing.flush().count, 0);
  assert.deepEqual(linesOf(framing.push(utf8('c\n'))), whole('c'));
});

test('a line of the limit is whole, one byte more is cut', () => {
  const line = 'x'.repeat(lineLimit);
  assert.deepEqual(frame([utf8(`${line}\n`)]), whole(line));
  assert.deepEqual(frame([utf8(`${line}y\n`)]), [{ bytes: line, cut: true }, ...whole('y')]);
});

test('a cut goes between characters', () => {
  assert.deepEqual(
    frame([utf8('ab€€\n')], 6).map(({ bytes, cut }) => [Buffer.from(bytes, 'latin1').toString(), cut]),
    [
      ['ab€', true],
      ['€', false],
    ],
  );
});

test('bytes that are not UTF-8 are cut at the limit', () => {
  assert.deepEqual(
    frame([new Uint8Array(9).fill(0x80)], 4).map(({ bytes }) => bytes.length),
    [4, 4, 1],
  );
});

test('what was consumed is the stream up to the end of the last line', () => {
  const framing = createFraming(4);
  framing.push(utf8('a\nbc'));
  assert.equal(framing.consumed(), 2);
  framing.push(utf8('defg'));
  assert.equal(framing.consumed(), 6);
  framing.push(utf8('\n'));
  assert.equal(framing.consumed(), 9);
  framing.push(utf8('h'));
  framing.flush();
  assert.equal(framing.consumed(), 10);
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
      assert.ok(lines.every((line) => line.bytes.length <= limit));
      const text = lines.map((line) => line.bytes + (line.cut ? '' : '\n')).join('');
      const original = Buffer.from(stream).toString('latin1');
      assert.equal(text, original === '' || original.endsWith('\n') ? original : `${original}\n`);
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
      for (const line of frame([utf8(text)], limit)) decoder.decode(Buffer.from(line.bytes, 'latin1'));
    }),
  );
});

test('a line that comes byte by byte is appended to, not copied again', () => {
  const framing = createFraming();
  const byte = utf8('x');
  const size = 2 * lineLimit;
  for (let sent = 0; sent < size; sent += 1) framing.push(byte);
  assert.equal(framing.consumed(), lineLimit);
  const [rest] = linesOf(framing.flush());
  assert.equal(rest?.bytes.length, lineLimit);
});
