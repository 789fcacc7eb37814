import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { pbkdf2 } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import {
  appendLines,
  ownerId,
  scratchLogs,
  texts,
  textsOf,
} from '../../../test/fixtures/store/scratch-logs.ts';
import { segmentNumbers } from './log-store.ts';

const derive = promisify(pbkdf2);
const module = (name: string): string => JSON.stringify(path.join(import.meta.dirname, name));

/** Keeps Node's four file threads busy, so that what is asked of the disk meanwhile is still to be done. */
function keepThreadsBusy(): Promise<unknown> {
  return Promise.all(Array.from({ length: 4 }, () => derive('a', 'b', 200_000, 32, 'sha256')));
}

/** A second, as the store sees it: what was appended is asked to be on disk. */
function passSecond(context: TestContext): void {
  context.mock.timers.tick(1000);
}

test('every segment is asked to be on disk before it is left', (context) => {
  const { folder } = scratchLogs(context);
  const program = `
    import { openLogStore } from ${module('log-store.ts')};
    import { appendLines } from ${module('../../../test/fixtures/store/scratch-logs.ts')};
    const store = openLogStore('.', { ownerBytes: 100_000, segmentBytes: 1000 });
    appendLines(store, 1, 40);
    await store.close();`;
  const trace = ['--trace-event-categories', 'node.fs.async', '--trace-event-file-pattern', 'trace.json'];
  const run = spawnSync(process.execPath, [...trace, '--input-type=module', '--eval', program], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(run.status, 0, run.stderr);
  const { traceEvents } = JSON.parse(readFileSync(path.join(folder, 'trace.json'), 'utf8')) as {
    readonly traceEvents: readonly { readonly name: string; readonly ph: string }[];
  };
  const segments = segmentNumbers(path.join(folder, ownerId)).length;
  assert.equal(segments, 5);
  assert.equal(traceEvents.filter(({ name, ph }) => name === 'fdatasync' && ph === 'b').length, segments);
});

test('an owner can be removed while its log is on its way to the disk', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open();
  context.mock.timers.enable({ apis: ['setTimeout'] });
  appendLines(store, 1, 3);
  const busy = keepThreadsBusy();
  passSecond(context);
  store.remove(ownerId);
  await busy;
  await store.close();
  assert.ok(!existsSync(logs.owner));
});

test('a store can be closed while a log is on its way to the disk', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open();
  context.mock.timers.enable({ apis: ['setTimeout'] });
  appendLines(store, 1, 3);
  const busy = keepThreadsBusy();
  passSecond(context);
  await store.close();
  await busy;
  context.mock.timers.reset();
  assert.deepEqual(textsOf(await logs.kept()), texts(1, 3));
});

test('a segment can be left while it is on its way to the disk', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open({ ownerBytes: 100_000, segmentBytes: 1000 });
  context.mock.timers.enable({ apis: ['setTimeout'] });
  appendLines(store, 1, 3);
  const busy = keepThreadsBusy();
  passSecond(context);
  appendLines(store, 4, 40);
  await store.close();
  await busy;
  context.mock.timers.reset();
  assert.deepEqual(textsOf(await logs.kept()), texts(1, 40));
});
