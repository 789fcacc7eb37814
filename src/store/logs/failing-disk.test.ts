import assert from 'node:assert/strict';
import { mkdirSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import {
  appendLines,
  instance,
  line,
  ownerId,
  scratchLogs,
  texts,
  textsOf,
} from '../../../test/fixtures/store/scratch-logs.ts';
import { runOnSmallDisk } from '../../../test/parts/small-disk.ts';
import { type LogLimits, segmentFile } from './log-store.ts';

const limits: LogLimits = { ownerBytes: 4000, segmentBytes: 1000 };
const module = (name: string): string => JSON.stringify(path.join(import.meta.dirname, name));

test('a batch that does not fit on the disk is refused whole, and the next one that fits is kept', (context) => {
  const output = runOnSmallDisk({
    bytes: 64 * 1024,
    program: `
      import { rmSync, writeFileSync } from 'node:fs';
      import { readLog } from ${module('log-reader.ts')};
      import { openLogStore } from ${module('log-store.ts')};
      import { line } from ${module('../../../test/fixtures/store/scratch-logs.ts')};
      const store = openLogStore('/mnt/logs');
      const read = () => readLog('/mnt/logs', 'app', { follow: false, signal: new AbortController().signal });
      const print = async () => console.log((await Array.fromAsync(read())).map(({ text }) => text.slice(0, 6)).join());
      store.append('app', line(1));
      writeFileSync('/mnt/other', Buffer.alloc(40 * 1024));
      try { store.append('app', line(2, { bytes: Buffer.from('x'.repeat(50_000) + '\\n') })); }
      catch (error) { console.log(error.code, store.position('app', 'web.1-abc').sequence); }
      await print();
      rmSync('/mnt/other');
      store.append('app', line(2));
      await print();
      await store.close();
      console.log(openLogStore('/mnt/logs').position('app', 'web.1-abc').sequence);
      await print();`,
  });
  if (output === null) return context.skip('needs the right to mount');
  assert.equal(output, 'ENOSPC 1\nline 1\nline 1,line 2\n2\nline 1,line 2\n');
});

test('a segment that cannot be begun is tried again with the next batch', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(limits);
  appendLines(store, 1, 3);
  const obstacle = segmentFile(logs.owner, 2);
  mkdirSync(obstacle);
  assert.throws(() => appendLines(store, 4, 20), { code: 'EISDIR' });
  rmdirSync(obstacle);
  const { sequence } = store.position(ownerId, instance);
  appendLines(store, sequence + 1, 20);
  assert.deepEqual(textsOf(await logs.kept()), texts(1, 20));
});

test('no segment is dropped, nor forgotten, before the positions in it are saved', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(limits);
  const obstacle = path.join(logs.owner, 'positions.json.fresh');
  store.append(ownerId, line(1, { instance: 'quiet' }));
  mkdirSync(obstacle);
  assert.throws(() => appendLines(store, 1, 200), { code: 'EISDIR' });
  assert.deepEqual(logs.segments()[0], segmentFile(logs.owner, 1));
  rmdirSync(obstacle);
  appendLines(store, store.position(ownerId, instance).sequence + 1, 200);
  assert.ok(logs.keptBytes() <= limits.ownerBytes, `${logs.keptBytes()} bytes`);
  await store.close();
  assert.deepEqual(logs.open(limits).position(ownerId, 'quiet'), { end: 10, sequence: 1 });
});
