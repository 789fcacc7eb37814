import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openSpool } from './spool.ts';

interface Folder extends AsyncDisposable {
  readonly path: string;
  /** Segment by segment, in order. */
  segments(): Promise<string[]>;
  /** Resolves when the last segment ends with this text. */
  holds(text: string): Promise<void>;
}

async function temporaryFolder(): Promise<Folder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dozen-spool-'));
  const segments = async (): Promise<string[]> => {
    const names = (await readdir(folder)).toSorted();
    return Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
  };
  return {
    path: folder,
    segments,
    async holds(text) {
      const limit = AbortSignal.timeout(10_000);
      while (!(await segments()).at(-1)?.endsWith(`${text}\n`)) limit.throwIfAborted();
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

test('lines are written with their app and time, in order', async () => {
  await using folder = await temporaryFolder();
  const spool = await openSpool(folder.path);
  spool.write('app-1', 1_700_000_000_000, 'at=info one');
  spool.write(null, 1_700_000_000_001, 'at=info two');
  await spool.close();
  assert.deepEqual(await folder.segments(), [
    'app-1\t1700000000000\tat=info one\n-\t1700000000001\tat=info two\n',
  ]);
});

test('lines are written without closing, soon after they came', async () => {
  await using folder = await temporaryFolder();
  const spool = await openSpool(folder.path);
  spool.write('app-1', 1, 'one');
  await folder.holds('one');
  spool.write('app-1', 2, 'two');
  await folder.holds('two');
  await spool.close();
});

test('a newline in a text does not make a second line', async () => {
  await using folder = await temporaryFolder();
  const spool = await openSpool(folder.path);
  spool.write('app-1', 1, 'one\napp-2\t2\ttwo');
  await spool.close();
  assert.deepEqual(await folder.segments(), ['app-1\t1\tone\\napp-2\t2\ttwo\n']);
});

test('a full segment is followed by the next, and no line is cut or lost', async () => {
  await using folder = await temporaryFolder();
  const spool = await openSpool(folder.path, { segmentBytes: 1_000, gatherMs: 0 });
  const texts = Array.from({ length: 500 }, (_, index) => `line ${index}`);
  for (const [index, text] of texts.entries()) {
    spool.write('a', 1, text);
    if (index % 100 === 99) await folder.holds(text);
  }
  await spool.close();
  const segments = await folder.segments();
  assert.equal(segments.length, 5);
  assert.ok(segments.every((segment) => segment.endsWith('\n')));
  assert.equal(segments.join(''), texts.map((text) => `a\t1\t${text}\n`).join(''));
  assert.equal((await readdir(folder.path)).toSorted()[1], 'seg.000000001');
});

test('a new spool begins a segment after those that are there', async () => {
  await using folder = await temporaryFolder();
  await writeFile(path.join(folder.path, 'seg.000000041'), 'half a li');
  await writeFile(path.join(folder.path, 'other'), '');
  const spool = await openSpool(folder.path);
  spool.write('a', 1, 'x');
  await spool.close();
  assert.deepEqual((await readdir(folder.path)).toSorted(), ['other', 'seg.000000041', 'seg.000000042']);
});

test('what does not fit in memory is counted, and the count follows what was kept', async () => {
  await using folder = await temporaryFolder();
  const spool = await openSpool(folder.path, { limitBytes: 100, now: () => 7 });
  for (let index = 0; index < 10; index++) spool.write('a', 1, 'x'.repeat(40));
  await spool.close();
  const kept = `a\t1\t${'x'.repeat(40)}\n`;
  const dropped =
    '-\t7\tat=warning code=LINES_DROPPED desc="The disk did not take request lines in time" lines=8\n';
  assert.deepEqual(await folder.segments(), [kept + kept + dropped]);
});

test('a spool that cannot go on to the next segment says so when it is closed', async () => {
  await using folder = await temporaryFolder();
  const spool = await openSpool(folder.path, { segmentBytes: 10 });
  await writeFile(path.join(folder.path, 'seg.000000001'), 'in the way');
  spool.write('a', 1, 'first');
  const limit = AbortSignal.timeout(10_000);
  while ((await folder.segments())[0] === '') limit.throwIfAborted();
  spool.write('a', 1, 'second');
  await assert.rejects(spool.close(), {
    code: 'SPOOL_NOT_WRITTEN',
    message: /^Cannot write 11 bytes of request lines to ".*": Error: EEXIST/,
    hint: 'Check the space and the permissions of that folder',
  });
});
