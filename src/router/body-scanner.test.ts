import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BodyScanner, bodyLimits } from './body-scanner.ts';
import type { Framing } from './framing.ts';

interface Scanned {
  readonly relayed: string;
  /** Bytes of the body, and what followed it. */
  readonly consumed: number;
  readonly done: boolean;
  readonly malformed: boolean;
}

/** Feeds the bytes in pieces that end at the cuts. */
function scan(
  framing: Framing,
  text: string,
  { unwrap = false, cuts = [] as readonly number[] } = {},
): Scanned {
  const scanner = new BodyScanner(framing, unwrap);
  let relayed = '';
  let consumed = 0;
  const ends = [...new Set([...cuts.filter((cut) => cut > 0 && cut < text.length), text.length])].sort(
    (a, b) => a - b,
  );
  let begin = 0;
  for (const cut of ends) {
    const piece = Buffer.from(text.slice(begin, cut), 'latin1');
    begin = cut;
    for (let at = 0; at < piece.length && !scanner.done; ) {
      const end = scanner.scan(piece, at);
      if (end < 0) return { relayed, consumed, done: false, malformed: true };
      if (scanner.relay) relayed += piece.toString('latin1', at, end);
      consumed += end - at;
      at = end;
    }
  }
  return { relayed, consumed, done: scanner.done, malformed: false };
}

const chunked: Framing = { kind: 'chunked' };

test('a body of a known length ends after its bytes', () => {
  const result = scan({ kind: 'length', bytes: 5 }, 'helloGET /');
  assert.deepEqual(result, { relayed: 'hello', consumed: 5, done: true, malformed: false });
});

test('a body of length 0 and no body are complete at once', () => {
  assert.ok(new BodyScanner({ kind: 'length', bytes: 0 }, false).done);
  assert.ok(new BodyScanner({ kind: 'none' }, false).done);
});

test('a body until the end of the connection never ends by itself', () => {
  assert.deepEqual(scan({ kind: 'until-close' }, 'abc'), {
    relayed: 'abc',
    consumed: 3,
    done: false,
    malformed: false,
  });
});

test('a chunked body goes on as it came, extensions and all', () => {
  const text = '5;a="b\tc"\r\nhello\r\n00A\r\n0123456789\r\n0\r\n\r\n';
  assert.deepEqual(scan(chunked, `${text}GET /`), {
    relayed: text,
    consumed: text.length,
    done: true,
    malformed: false,
  });
});

test('the trailer of a chunked body is left out', () => {
  const text = '1\r\nx\r\n0\r\nContent-Length: 7\r\nX: y\r\n\r\n';
  assert.deepEqual(scan(chunked, text), {
    relayed: '1\r\nx\r\n0\r\n\r\n',
    consumed: text.length,
    done: true,
    malformed: false,
  });
});

test('for a client without chunks only the data goes on', () => {
  const text = '5;x\r\nhello\r\n1\r\n!\r\n0\r\nX: y\r\n\r\n';
  assert.equal(scan(chunked, text, { unwrap: true }).relayed, 'hello!');
});

const malformed: readonly string[] = [
  '\r\n',
  'x\r\n',
  ' 1\r\nx\r\n',
  '1 \r\nx\r\n',
  '0x1\r\nx\r\n',
  '+1\r\nx\r\n',
  '-1\r\n',
  '1\nx\r\n',
  '1\r\r\nx\r\n',
  '1\r\nxy\r\n',
  '1\r\nx\n',
  '1\r\nx\rx',
  '1;a\nb\r\nx\r\n',
  '1;a\x00\r\nx\r\n',
  '1;a\rb\r\n',
  '20000000000000\r\n',
  'FFFFFFFFFFFFFFFF\r\n',
  '00000000000000001\r\nx\r\n',
  '0\r\nX: 1\nY: 2\r\n\r\n',
  '0\r\n folded: 1\r\n\r\n',
  '0\r\n: 1\r\n\r\n',
  '0\r\nX: \x00\r\n\r\n',
  '0\r\n\rx',
  `1;${'e'.repeat(bodyLimits.extensionBytes + 1)}\r\n`,
  `${`1;${'e'.repeat(1_000)}\r\nx\r\n`.repeat(17)}0\r\n\r\n`,
  `0\r\nX: ${'t'.repeat(bodyLimits.trailerBytes)}\r\n\r\n`,
];

for (const text of malformed) {
  test(`the chunks ${JSON.stringify(text.slice(0, 30))} are malformed, however they are cut`, () => {
    assert.ok(scan(chunked, text).malformed);
    const everywhere = Array.from({ length: text.length }, (_, at) => at);
    assert.ok(scan(chunked, text, { cuts: everywhere }).malformed);
  });
}

const chunk = fc.tuple(
  fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }),
  fc.constantFrom('', ';a', ';a=b', ';a="\x20;,"'),
  fc.boolean(),
);
const trailer = fc.array(fc.stringMatching(/^[A-Za-z-]{1,10}:[\x20-\x7e]{0,20}$/), { maxLength: 3 });
const cuts = fc.array(fc.nat(400), { maxLength: 30 });

test('a chunked body is read the same however its bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 8 }),
      trailer,
      cuts,
      fc.boolean(),
      (chunks, trailer, cuts, unwrap) => {
        const framed = chunks.map(([data, extension, upper]) => {
          const size = data.length.toString(16);
          return `${upper ? size.toUpperCase() : size}${extension}\r\n${data}\r\n`;
        });
        const text = `${framed.join('')}0\r\n${trailer.map((line) => `${line}\r\n`).join('')}\r\n`;
        const whole = `${framed.join('')}0\r\n\r\n`;
        const result = scan(chunked, `${text}next`, { unwrap, cuts });
        assert.deepEqual(result, {
          relayed: unwrap ? chunks.map(([data]) => data).join('') : whole,
          consumed: text.length,
          done: true,
          malformed: false,
        });
      },
    ),
  );
});
