import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { lastWords, Output, tellingLine } from './output.ts';

async function printed(...chunks: readonly (string | Buffer)[]): Promise<Output> {
  const stream = new PassThrough();
  const output = new Output(stream, () => 7);
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await output.ended;
  return output;
}

const texts = (output: Output): readonly string[] => output.lines().map(({ text }) => text);

test('lines are told apart wherever they were cut, the last without its end too', async () => {
  assert.deepEqual(texts(await printed('one\ntw', 'o\nthr', 'ee')), ['one', 'two', 'three']);
});

test('a character whose bytes come apart is whole', async () => {
  const bytes = Buffer.from('wörd\n');
  assert.deepEqual(texts(await printed(bytes.subarray(0, 2), bytes.subarray(2))), ['wörd']);
});

test('a line that is too long comes in pieces, and nothing of it is lost', async () => {
  const long = Array.from({ length: 30_000 }, (_, at) => `piece ${at};`).join('');
  const output = await printed(`${long}\nnext\n`);
  assert.ok(texts(output).length > 2);
  assert.equal(texts(output).slice(0, -1).join(''), long);
  assert.equal(texts(output).at(-1), 'next');
});

test('what comes after eight megabytes is counted and not kept', async () => {
  const chunk = `${'x'.repeat(1023)}\n`.repeat(1024);
  const output = await printed(...Array.from({ length: 20 }, () => chunk));
  assert.equal(output.bytes, 20 * 1024 * 1024);
  assert.equal(output.lines().length, 8 * 1024);
});

test('empty lines are kept up to a number', async () => {
  const output = await printed(...Array.from({ length: 40 }, () => '\n'.repeat(16_384)));
  assert.ok(output.lines().length < 250_000);
});

test('a line is found whether it was printed before or comes later, and not after the end', async () => {
  const stream = new PassThrough();
  const output = new Output(stream, () => 7);
  stream.write('early\n');
  assert.equal((await output.find((line) => line === 'early', 10_000))?.text, 'early');
  const late = output.find((line) => line === 'late', 10_000);
  stream.write('late\n');
  assert.equal((await late)?.text, 'late');
  const never = output.find((line) => line === 'never', 10_000);
  stream.end();
  assert.equal(await never, null);
});

test('a stack trace is told by its error, anything else by its last line', () => {
  const told = (...lines: readonly string[]): string => tellingLine(lines.map((text) => ({ atMs: 0, text })));
  assert.equal(told('a', 'b', ' '), 'b');
  assert.equal(told(), 'it printed nothing');
  assert.equal(
    told("throw new Error('x');", '', 'Error: x', '    at a (b.js:1)', '', 'Node.js v26.10.0'),
    'Error: x',
  );
  const dump = Array.from({ length: 300 }, (_, at) => `  field${at}: 1,`);
  assert.equal(
    told('error: terminating connection', '    at a (b.js:1)', ' {', ...dump, '}', '', 'Node.js v26.10.0'),
    'error: terminating connection',
  );
  assert.equal(told('error: retrying in 1s', 'up', ...dump, '}'), '}');
  assert.equal(told('Error: two', 'lines of it', '    at a (b.js:1)'), 'Error: two');
  assert.equal(told('KeyError: a', 'done'), 'done');
});

test('of a stack trace that is too long to be shown the beginning is, of other output the end', () => {
  const words = (...lines: readonly string[]): readonly string[] =>
    lastWords(
      lines.map((text) => ({ atMs: 0, text })),
      2,
    ).map(({ text }) => text);
  const trace = [
    'TypeError: no',
    '    at a (/app/a.js:1:1)',
    '    at b (/app/b.js:1:1)',
    '',
    'Node.js v26.0.0',
  ];
  assert.deepEqual(words('starting', ...trace), trace.slice(0, 2));
  assert.deepEqual(words('one', 'two', 'three'), ['two', 'three']);
  assert.deepEqual(words('one'), ['one']);
  assert.deepEqual(words(), []);
});
