import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { startProgram } from '../../test/fixtures/store/program.ts';
import { outputLimit } from './output-writer.ts';
import { type OutputKind, type OutputReading, type Outputs, openOutputs } from './outputs.ts';

/** How long a test waits for text before it fails. */
const limitMs = 30_000;

interface Scratch {
  readonly folder: string;
  readonly outputs: Outputs;
}

function scratch(context: TestContext): Scratch {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-outputs-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return { folder, outputs: openOutputs(folder) };
}

function reading(options: Partial<OutputReading> = {}): OutputReading {
  return { follow: false, signal: AbortSignal.timeout(limitMs), ...options };
}

async function textOf(outputs: Outputs, id: string, options: Partial<OutputReading> = {}): Promise<string> {
  return (await Array.fromAsync(outputs.read('build', id, reading(options)))).join('');
}

const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

test('what was written is read again, after a restart as well', async (context) => {
  const { folder, outputs } = scratch(context);
  const writer = outputs.writer('build', 'b-1');
  writer.write('$ npm ci\n');
  writer.write('added 12 packages');
  assert.equal(await textOf(outputs, 'b-1'), '$ npm ci\nadded 12 packages');
  await writer.end('succeeded');
  assert.equal(await textOf(openOutputs(folder), 'b-1'), '$ npm ci\nadded 12 packages');
  assert.equal(statSync(path.join(folder, 'build/b-1.ndjson')).mode & 0o777, 0o600);
});

test('a build and a release of one id are two outputs', async (context) => {
  const { outputs } = scratch(context);
  await outputs.writer('release', 'a.1').end('failed');
  assert.equal(await outputs.exists('release', 'a.1'), true);
  assert.equal(await outputs.exists('build', 'a.1'), false);
  await assert.rejects(textOf(outputs, 'a.1'), code('OUTPUT_UNKNOWN'));
});

test('readers that follow see all of it once, in order, and end with the writer', async (context) => {
  const { outputs } = scratch(context);
  const writer = outputs.writer('build', 'b');
  writer.write('0\n');
  const readers = [0, 3].map((from) => textOf(outputs, 'b', { follow: true, from }));
  for (let number = 1; number <= 200; number += 1) {
    writer.write(`${number}\n`);
    if (number % 7 === 0) await turn();
  }
  await writer.end('succeeded');
  const all = Array.from({ length: 201 }, (_, number) => `${number}\n`).join('');
  assert.deepEqual(await Promise.all(readers), [all, all.slice(3)]);
});

test('readers of an output whose writer was killed end with a line that says so, also those that wait', async (context) => {
  const { folder, outputs } = scratch(context);
  const program = startProgram(context, 'write-output.ts', [folder, 'b']);
  program.say('one');
  await program.printed(1);
  const reader = outputs.read('build', 'b', reading({ follow: true }));
  assert.equal((await reader.next()).value, 'one\n');
  const waiting = reader.next();
  program.kill();
  await program.ended();
  const line = 'Cut off: the process that wrote this was killed\n';
  assert.equal((await waiting).value, line);
  assert.equal((await reader.next()).done, true);
  assert.equal(await textOf(outputs, 'b'), `one\n${line}`);
});

test('another writer goes on behind what a killed one left, a torn piece left out', async (context) => {
  const { folder, outputs } = scratch(context);
  const program = startProgram(context, 'write-output.ts', [folder, 'b']);
  program.say('one');
  await program.printed(1);
  assert.throws(() => outputs.writer('build', 'b'), {
    code: 'OUTPUT_TAKEN',
    message: `Cannot write ${JSON.stringify(path.join(folder, 'build/b.ndjson'))}: process ${program.pid} writes it`,
  });
  program.kill();
  await program.ended();
  appendFileSync(path.join(folder, 'build/b.ndjson'), '{"text":"to');
  const writer = outputs.writer('build', 'b');
  const follower = textOf(outputs, 'b', { follow: true });
  writer.write('two\n');
  await writer.end('succeeded');
  assert.equal(await follower, 'one\ntwo\n');
});

test('an output that has ended is written no more', async (context) => {
  const { outputs } = scratch(context);
  await outputs.writer('build', 'b').end('failed');
  assert.throws(() => outputs.writer('build', 'b'), code('OUTPUT_TAKEN'));
});

test('what is over the limit is dropped, and a line says how much', async (context) => {
  const { folder, outputs } = scratch(context);
  const writer = outputs.writer('build', 'b');
  const chunk = `${'x'.repeat(65_535)}\n`;
  for (let count = 0; count < 200; count += 1) writer.write(chunk);
  await writer.end('succeeded');
  const text = await textOf(outputs, 'b');
  const kept = text.lastIndexOf('x\n') + 2;
  assert.equal(text.slice(0, kept), chunk.repeat(kept / chunk.length));
  assert.equal(text.slice(kept), `Dropped ${200 * chunk.length - kept} bytes of output: 10 MB are kept\n`);
  assert.ok(statSync(path.join(folder, 'build/b.ndjson')).size < outputLimit + 1000);
});

test('a text is kept as a whole, and once', async (context) => {
  const { outputs } = scratch(context);
  const text = '😀'.repeat(100_000);
  assert.equal(outputs.keep('sbom', 'a'.repeat(64), text), true);
  assert.equal(outputs.keep('sbom', 'a'.repeat(64), 'another'), false);
  const read = await Array.fromAsync(outputs.read('sbom', 'a'.repeat(64), reading({ follow: true })));
  assert.equal(read.join(''), text);
  assert.ok(read.every((piece) => piece.isWellFormed()));
});

test('removing ends those who read, and of what is not there does nothing', async (context) => {
  const { outputs } = scratch(context);
  const writer = outputs.writer('build', 'b');
  writer.write('one\n');
  const reader = outputs.read('build', 'b', reading({ follow: true }));
  await reader.next();
  const waiting = reader.next();
  await outputs.remove('build', 'b');
  assert.equal((await waiting).done, true);
  assert.equal(await outputs.exists('build', 'b'), false);
  await outputs.remove('build', 'b');
  await writer.end('failed');
});

test('aborting ends a reader that waits', async (context) => {
  const { outputs } = scratch(context);
  const writer = outputs.writer('build', 'b');
  writer.write('one\n');
  const stop = new AbortController();
  const reader = outputs.read('build', 'b', reading({ follow: true, signal: stop.signal }));
  await reader.next();
  const waiting = reader.next();
  stop.abort();
  assert.equal((await waiting).done, true);
  await writer.end('failed');
});

test('an id that could be a path is none', async (context) => {
  const { folder, outputs } = scratch(context);
  for (const id of ['', '.', '..', '../b', 'a/b', '/etc/passwd', '.hidden', 'a\0b', 'a'.repeat(129)]) {
    assert.throws(() => outputs.writer('build', id), code('OUTPUT_UNKNOWN'), id);
    assert.throws(() => outputs.keep('sbom', id, ''), code('OUTPUT_UNKNOWN'), id);
    await assert.rejects(textOf(outputs, id), code('OUTPUT_UNKNOWN'), id);
    await assert.rejects(outputs.remove('build', id), code('OUTPUT_UNKNOWN'), id);
    assert.equal(await outputs.exists('build', id), false, id);
  }
  assert.deepEqual(readdirSync(folder), []);
});

test('any texts come back as one text, from any character on', async (context) => {
  const { outputs } = scratch(context);
  let count = 0;
  const texts = fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(texts, fc.nat(100), async (written, from) => {
      count += 1;
      const id = String(count);
      const writer = outputs.writer('build', id);
      for (const text of written) writer.write(text);
      await writer.end('succeeded');
      assert.equal(await textOf(outputs, id, { from }), written.join('').slice(from));
    }),
    { numRuns: 50 },
  );
});

const kinds: readonly OutputKind[] = ['build', 'release', 'sbom'];

test('every kind has a folder of its own', async (context) => {
  const { folder, outputs } = scratch(context);
  for (const kind of kinds) outputs.keep(kind, 'a', kind);
  assert.deepEqual(readdirSync(folder).sort(), [...kinds].sort());
});

test('what is kept is listed with its kind, id and size, and nothing else that lies there', async (context) => {
  const { folder, outputs } = scratch(context);
  assert.deepEqual(await outputs.list(), []);
  outputs.keep('sbom', 'd'.repeat(64), '{}');
  await outputs.writer('build', 'b-1').end('failed');
  appendFileSync(path.join(folder, 'build', 'left.ndjson.17'), 'x');
  const listed = await outputs.list();
  assert.deepEqual(
    listed.map(({ kind, id }) => `${kind} ${id}`),
    ['build b-1', `sbom ${'d'.repeat(64)}`],
  );
  const { size, mtimeMs } = statSync(path.join(folder, 'build', 'b-1.ndjson'));
  assert.deepEqual([listed[0]?.bytes, listed[0]?.writtenAt], [size, mtimeMs]);
});
