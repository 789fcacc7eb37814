import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  appendLines,
  instance,
  line,
  lines,
  ownerId,
  scratchLogs,
  texts,
  textsOf,
} from '../../../test/fixtures/store/scratch-logs.ts';
import type { LogPosition } from '../../factors/11-logs/log-batch.ts';
import { readLog } from './log-reader.ts';
import { type LogLimits, openLogStore, segmentFile, segmentNumbers } from './log-store.ts';

const limits: LogLimits = { ownerBytes: 4000, segmentBytes: 1000 };

test('what is appended is read with its stamp, a number for each line', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open();
  store.append(ownerId, lines(1, 2, { at: 1234 }));
  store.append(
    ownerId,
    line(3, { at: 1240, source: 'dozen', process: 'router', bytes: Buffer.from('GET\n') }),
  );
  assert.deepEqual(await logs.kept(), [
    { at: 1234, sequence: 1, source: 'app', process: 'web.1', instance, text: 'line 1' },
    { at: 1234, sequence: 2, source: 'app', process: 'web.1', instance, text: 'line 2' },
    { at: 1240, sequence: 3, source: 'dozen', process: 'router', instance, text: 'GET' },
  ]);
});

test('an instance is where its last batch ended, and at zero before it has said anything', (context) => {
  const store = scratchLogs(context).open();
  assert.deepEqual(store.position(ownerId, instance), { end: 0, sequence: 0 });
  store.append(ownerId, lines(1, 5));
  assert.deepEqual(store.position(ownerId, instance), { end: 50, sequence: 5 });
  assert.deepEqual(store.position(ownerId, 'web.2'), { end: 0, sequence: 0 });
  assert.deepEqual(store.position('app-2', instance), { end: 0, sequence: 0 });
});

test('a store that is opened again is behind the last kept line of each instance', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open();
  appendLines(store, 1, 3);
  store.append(ownerId, lines(1, 7, { instance: 'web.2' }));
  store.append(ownerId, line(4));
  await store.close();
  const again = logs.open();
  assert.deepEqual(again.position(ownerId, instance), { end: 40, sequence: 4 });
  assert.deepEqual(again.position(ownerId, 'web.2'), { end: 70, sequence: 7 });
});

test('the logs of an owner are for the user of Dozen alone', (context) => {
  const logs = scratchLogs(context);
  appendLines(logs.open(limits), 1, 100);
  assert.equal(statSync(logs.owner).mode & 0o777, 0o700);
  for (const name of readdirSync(logs.owner))
    assert.equal(statSync(path.join(logs.owner, name)).mode & 0o777, 0o600, name);
});

test('over the limit the oldest lines go, and the newest are there without a gap', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(limits);
  for (let number = 1; number <= 200; number++) {
    store.append(ownerId, line(number));
    assert.ok(logs.keptBytes() <= limits.ownerBytes, `${logs.keptBytes()} bytes at line ${number}`);
  }
  const kept = textsOf(await logs.kept());
  assert.ok(kept.length > 10 && kept.length < 50, `${kept.length} lines`);
  assert.deepEqual(kept, texts(201 - kept.length, 200));
});

test('a batch that is larger than a segment is kept whole, in one of its own', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open({ ownerBytes: 100_000, segmentBytes: 1000 });
  store.append(ownerId, line(1));
  store.append(ownerId, lines(2, 300));
  store.append(ownerId, line(302));
  assert.deepEqual(textsOf(await logs.kept()), texts(1, 302));
  assert.equal(logs.segments().length, 3);
});

test('a position is known when all lines of its instance are gone, after opening again as well', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(limits);
  store.append(ownerId, lines(1, 3, { instance: 'quiet' }));
  appendLines(store, 1, 200);
  assert.ok(!(await logs.kept()).some((kept) => kept.instance === 'quiet'));
  assert.deepEqual(store.position(ownerId, 'quiet'), { end: 30, sequence: 3 });
  await store.close();
  const again = logs.open(limits);
  assert.deepEqual(again.position(ownerId, 'quiet'), { end: 30, sequence: 3 });
  assert.deepEqual(again.position(ownerId, instance), { end: 2000, sequence: 200 });
});

test('an instance that is forgotten costs nothing once its lines are gone', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(limits);
  store.append(ownerId, line(1, { instance: 'over' }));
  store.forget(ownerId, 'over');
  assert.deepEqual(store.position(ownerId, 'over'), { end: 0, sequence: 0 });
  appendLines(store, 1, 200);
  await store.close();
  assert.deepEqual(logs.open(limits).position(ownerId, 'over'), { end: 0, sequence: 0 });
  assert.ok(!readFileSync(path.join(logs.owner, 'positions.json'), 'utf8').includes('over'));
});

test('an owner that is removed takes its log along, and can begin anew', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(limits);
  appendLines(store, 1, 100);
  store.append('app-2', line(1));
  store.remove(ownerId);
  assert.ok(!existsSync(logs.owner));
  assert.deepEqual(store.position('app-2', instance), { end: 10, sequence: 1 });
  assert.deepEqual(store.position(ownerId, instance), { end: 0, sequence: 0 });
  appendLines(store, 1, 3);
  assert.deepEqual(textsOf(await logs.kept()), texts(1, 3));
});

test('whatever is appended and however often it is opened again: a suffix is kept within the limit, and every position', async () => {
  const append = fc.record({
    kind: fc.constant<'append'>('append'),
    instance: fc.constantFrom('a', 'b', 'c', 'd'),
    count: fc.integer({ min: 1, max: 30 }),
  });
  const step = fc.oneof({ weight: 6, arbitrary: append }, fc.constant({ kind: 'reopen' } as const));
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 80 }), holds), { numRuns: 60 });
});

type Step = { kind: 'append'; instance: string; count: number } | { kind: 'reopen' };

async function holds(steps: readonly Step[]): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-logs-'));
  const owner = path.join(folder, ownerId);
  let store = openLogStore(folder, limits);
  const positions = new Map<string, LogPosition>();
  const said: string[] = [];
  for (const step of steps) {
    if (step.kind === 'reopen') {
      await store.close();
      store = openLogStore(folder, limits);
    } else {
      const { sequence } = positions.get(step.instance) ?? { sequence: 0 };
      const batch = lines(sequence + 1, step.count, { instance: step.instance });
      store.append(ownerId, batch);
      positions.set(step.instance, { end: batch.end, sequence: sequence + step.count });
      said.push(...texts(sequence + 1, sequence + step.count).map((text) => `${step.instance} ${text}`));
    }
    for (const [one, position] of positions) assert.deepEqual(store.position(ownerId, one), position);
  }
  await store.close();
  if (said.length > 0) {
    const options = { follow: false, signal: AbortSignal.timeout(10_000) };
    const kept = await Array.fromAsync(readLog(folder, ownerId, options));
    assert.ok(kept.length > 0);
    assert.deepEqual(
      kept.map(({ instance: one, text }) => `${one} ${text}`),
      said.slice(-kept.length),
    );
    const sizes = segmentNumbers(owner).map((number) => statSync(segmentFile(owner, number)).size);
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) <= limits.ownerBytes, sizes.join(' '));
  }
  rmSync(folder, { recursive: true });
}
