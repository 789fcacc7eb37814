import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { type LogStore, openLogStore } from './log-store.ts';

suite('the last lines of an instance', () => {
  let folder: string;
  let store: LogStore;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'dozen-tails-'));
    store = openLogStore(folder, { ownerBytes: 4_000, segmentBytes: 1_000 });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  function say(instance: string, lines: readonly string[], source: 'app' | 'dozen' = 'app'): void {
    const { end, sequence } = store.position('app', instance);
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const batch = { at: 1, source, process: 'web.1', instance, lines: lines.length, bytes };
    store.append('app', { ...batch, sequence: sequence + 1, end: end + bytes.length });
  }

  test('are ten at most, its own only, over records and segments', () => {
    for (let at = 1; at <= 15; at += 1) {
      say('a', [`a ${at}`, `a ${at}, again`]);
      say('b', [`b ${at}`]);
      say('a', ['from Dozen'], 'dozen');
    }
    const last = [11, 12, 13, 14, 15];
    assert.deepEqual(
      store.tail('app', 'a'),
      last.flatMap((at) => [`a ${at}`, `a ${at}, again`]),
    );
    assert.deepEqual(store.tail('app', 'b').length, 10);
    assert.deepEqual(store.tail('app', 'nobody'), []);
  });

  test('are known to the next store over the same folder', async () => {
    say('a', ['one', 'two']);
    await store.close();
    store = openLogStore(folder);
    assert.deepEqual(store.tail('app', 'a'), ['one', 'two']);
  });

  test('are gone with the segments that held them', () => {
    say('a', ['old']);
    for (let at = 0; at < 50; at += 1) say('b', ['x'.repeat(200)]);
    assert.deepEqual(store.tail('app', 'a'), []);
  });
});
