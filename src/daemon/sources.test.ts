import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { checksumOf, openSources, type Sources, sourceLifeMs } from './sources.ts';
import { systemClock } from './system.ts';

describe('source that waits to be built', () => {
  let folder: string;
  let sources: Sources;
  let ahead: number;

  const reopen = (): Sources =>
    openSources({
      folder,
      limitBytes: 100,
      clock: { ...systemClock, now: () => Date.now() + ahead },
      onTrouble: (error) => assert.fail(error as Error),
    });

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'dozen-sources-'));
    ahead = 0;
    sources = reopen();
  });
  afterEach(() => {
    sources.close();
    rmSync(folder, { recursive: true });
  });

  async function* bytes(size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < size; at += 10) yield Buffer.alloc(Math.min(10, size - at), 'x');
  }
  const uploads = (): string[] => readdirSync(folder).filter((name) => name.startsWith('build-'));

  test('is there as it was sent, for its owner alone, also for the next platform', async () => {
    await sources.keep('a', bytes(25));
    sources.close();
    sources = reopen();
    const { file, remove } = await sources.take('a');
    assert.equal(readFileSync(file, 'utf8'), 'x'.repeat(25));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(await checksumOf(file), createHash('sha256').update('x'.repeat(25)).digest('hex'));
    await remove();
    assert.deepEqual(uploads(), []);
    assert.equal(
      readFileSync((await sources.take('a')).file, 'utf8'),
      'x'.repeat(25),
      'it may be built again',
    );
  });

  test('is sent once', async () => {
    await sources.keep('a', bytes(10));
    await assert.rejects(sources.keep('a', bytes(20)), { code: 'SOURCE_TAKEN' });
    const both = await Promise.allSettled([sources.keep('b', bytes(10)), sources.keep('b', bytes(20))]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.deepEqual(uploads(), []);
  });

  test('over its limit nothing of it is kept, and together there is a limit too', async () => {
    await assert.rejects(sources.keep('a', bytes(101)), { code: 'SOURCE_TOO_LARGE' });
    await assert.rejects(sources.take('a'), { code: 'SOURCE_UNKNOWN' });
    for (const id of ['1', '2', '3', '4']) await sources.keep(id, bytes(100));
    await assert.rejects(sources.keep('5', bytes(1)), { code: 'SOURCES_FULL' });
    assert.deepEqual(uploads(), []);
  });

  test('is gone after its time, and a build that took it goes on', async () => {
    await sources.keep('a', bytes(10));
    const { file } = await sources.take('a');
    ahead = sourceLifeMs - 1000;
    await sources.sweep();
    assert.ok(existsSync((await sources.take('a')).file));
    ahead = sourceLifeMs + 1000;
    await sources.sweep();
    await assert.rejects(sources.take('a'), { code: 'SOURCE_UNKNOWN' });
    assert.equal(readFileSync(file, 'utf8'), 'x'.repeat(10));
  });
});
