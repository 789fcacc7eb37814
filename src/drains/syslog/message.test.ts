import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frameOf, type SentLine } from './message.ts';

const line: SentLine = { at: Date.UTC(2026, 0, 2, 3, 4, 5, 678), source: 'app', process: 'web.1', text: 'é' };

const sent = (more: Partial<SentLine>, hostname = 'd.0a1b'): string =>
  frameOf({ ...line, ...more }, hostname).toString();

test('a line is counted in bytes and carries its time, token, source, process and text', () => {
  assert.equal(sent({}), '55 <190>1 2026-01-02T03:04:05.678Z d.0a1b app web.1 - - é');
});

test('an empty line is a message with an empty text', () => {
  assert.match(sent({ text: '' }), /^53 .* - - $/);
});

test('the platform and its router speak with priorities of their own', () => {
  assert.match(sent({ source: 'dozen', process: 'control' }), /^\d+ <45>1 \S+ \S+ dozen control /);
  assert.match(sent({ source: 'dozen', process: 'router' }), /^\d+ <158>1 \S+ \S+ dozen router /);
});

test('NUL and line feed are shown, other control characters are left', () => {
  assert.match(sent({ text: 'a\0b\nc\td\u001b[31m\r' }), / - - a␀b␊c\td\u001b\[31m\r$/);
});

test('what a field cannot hold becomes a question mark, and nothing becomes the nil value', () => {
  assert.match(sent({ process: 'wéb 1😀\n' }, ''), /Z - app w\?b\?1\?\? - - é$/);
});

test('a time that RFC 5424 cannot write becomes the nil value', () => {
  for (const at of [Number.NaN, Number.POSITIVE_INFINITY, Date.UTC(10_000, 0), Date.UTC(-1, 0)])
    assert.match(sent({ at }), /^\d+ <190>1 - d\.0a1b app/);
});

/** The grammar of RFC 5424, section 6, for messages without structured data. */
const grammar =
  /^<(?<priority>0|[1-9]\d{0,2})>[1-9]\d{0,2} (?<time>-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) (?<hostname>[!-~]{1,255}) (?<app>[!-~]{1,48}) (?<process>[!-~]{1,128}) (?<id>[!-~]{1,32}) (?<data>-)(?: (?<text>.*))?$/s;

/** As a receiver cuts a stream: by the counts alone. */
function messagesIn(stream: Buffer): string[] {
  const messages: string[] = [];
  for (let from = 0; from < stream.length; ) {
    const space = stream.indexOf(' ', from);
    const count = stream.toString('latin1', from, space);
    assert.match(count, /^[1-9]\d*$/);
    const end = space + 1 + Number(count);
    assert.ok(end <= stream.length);
    messages.push(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(stream.subarray(space + 1, end)),
    );
    from = end;
  }
  return messages;
}

/** Any UTF-16, halves of surrogate pairs and control characters among it. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    maxLength: 300,
  }),
  fc.string({ unit: fc.constantFrom('\0', '\n', ' ', '1', '<', '\uFEFF'), maxLength: 300 }),
);

const lines = fc.array(
  fc.record({
    at: fc.oneof(fc.integer(), fc.integer({ min: 0, max: 4e12 }), fc.double()),
    source: fc.constantFrom('app' as const, 'dozen' as const),
    process: text,
    text,
  }),
  { maxLength: 8 },
);

test('a stream of any lines is cut into messages that keep to the grammar and say what was said', () => {
  fc.assert(
    fc.property(lines, text, (said, hostname) => {
      const messages = messagesIn(Buffer.concat(said.map((one) => frameOf(one, hostname))));
      assert.equal(messages.length, said.length);
      for (const [index, message] of messages.entries()) {
        const { groups } = grammar.exec(message) ?? assert.fail(JSON.stringify(message));
        const expected = said[index]?.text.toWellFormed().replaceAll('\0', '␀').replaceAll('\n', '␊');
        assert.equal(groups?.text, expected);
        assert.equal(groups?.app, said[index]?.source);
        assert.doesNotMatch(message, /[\0\n]/);
      }
    }),
    { numRuns: 500 },
  );
});

test('a time within four digits of years is kept to the millisecond', () => {
  const at = fc.integer({ min: Date.parse('0000-01-01'), max: Date.parse('9999-12-31T23:59:59.999Z') });
  fc.assert(
    fc.property(at, (ms) => {
      const [, , time = ''] = sent({ at: ms }).split(' ');
      assert.equal(Date.parse(time), ms);
    }),
  );
});

test('a field within its bounds is sent as it is, a longer one is cut', () => {
  const printable = fc.string({
    unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 400,
  });
  fc.assert(
    fc.property(printable, printable, (process, hostname) => {
      const [, , , host, , named] = sent({ process }, hostname).split(' ');
      assert.deepEqual([host, named], [hostname.slice(0, 255), process.slice(0, 128)]);
    }),
  );
});
