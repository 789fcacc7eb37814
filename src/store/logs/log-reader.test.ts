import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  appendLines,
  line,
  lines,
  ownerId,
  scratchLogs,
  take,
  texts,
  textsOf,
} from '../../../test/fixtures/store/scratch-logs.ts';
import type { LogLine } from '../../factors/11-logs/log-line.ts';
import type { LogLimits, LogStore } from './log-store.ts';

const roomy: LogLimits = { ownerBytes: 1024 * 1024, segmentBytes: 1000 };
const tight: LogLimits = { ownerBytes: 4000, segmentBytes: 1000 };

/** Lets readers run between any two lines. */
async function appendSlowly(store: LogStore, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number++) {
    appendLines(store, number, number);
    await turn();
  }
}

test('a reader that does not follow ends behind the last line, or at once where there is none', async (context) => {
  const logs = scratchLogs(context);
  assert.deepEqual(await logs.kept(), []);
  appendLines(logs.open(roomy), 1, 100);
  assert.deepEqual(textsOf(await logs.kept()), texts(1, 100));
});

test('a reader that follows sees each line once and in order, across segments', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(roomy);
  const reader = logs.follow();
  const [read] = await Promise.all([take(reader, 300), appendSlowly(store, 1, 300)]);
  assert.deepEqual(textsOf(read), texts(1, 300));
  assert.ok(logs.segments().length > 20);
});

test('two readers that follow see the same, each at its own pace', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(roomy);
  const hasty = logs.follow();
  const lazy = logs.follow();
  appendLines(store, 1, 50);
  assert.deepEqual(textsOf(await take(lazy, 5)), texts(1, 5));
  const [read] = await Promise.all([take(hasty, 300), appendSlowly(store, 51, 300)]);
  assert.deepEqual(textsOf(read), texts(1, 300));
  assert.deepEqual(textsOf(await take(lazy, 295)), texts(6, 300));
});

test('a reader that begins in the middle sees what was read from that moment on, and what comes', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(roomy);
  appendLines(store, 1, 100);
  const reader = logs.follow({ since: 50 });
  assert.deepEqual(textsOf(await take(reader, 51)), texts(50, 100));
  const [read] = await Promise.all([take(reader, 100), appendSlowly(store, 101, 200)]);
  assert.deepEqual(textsOf(read), texts(101, 200));
});

test('a reader that begins in the future sees nothing of the past', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(roomy);
  appendLines(store, 1, 100);
  const reader = logs.follow({ since: 103 });
  const [read] = await Promise.all([take(reader, 3), appendSlowly(store, 101, 105)]);
  assert.deepEqual(textsOf(read), texts(103, 105));
});

test('a reader may begin before anything was said', async (context) => {
  const logs = scratchLogs(context);
  const reader = logs.follow();
  const first = take(reader, 1);
  await turn();
  appendLines(logs.open(), 1, 1);
  assert.deepEqual(textsOf(await first), ['line 1']);
});

test('a reader goes on over a store that is closed and opened again', async (context) => {
  const logs = scratchLogs(context);
  const reader = logs.follow();
  for (let round = 0; round < 5; round++) {
    const store = logs.open(roomy);
    const [read] = await Promise.all([
      take(reader, 30),
      appendSlowly(store, round * 30 + 1, round * 30 + 30),
    ]);
    assert.deepEqual(textsOf(read), texts(round * 30 + 1, round * 30 + 30));
    await store.close();
  }
});

test('a segment that is dropped while it is read is read to its end; what is gone after it is a gap in the sequence', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(tight);
  appendLines(store, 1, 30);
  const reader = logs.follow();
  const [first] = await take(reader, 1);
  assert.equal(first?.text, 'line 1');
  appendLines(store, 31, 200);
  const rest: LogLine[] = [];
  while (rest.at(-1)?.sequence !== 200) rest.push(...(await take(reader, 1)));
  const gaps = rest.filter(({ sequence }, at) => at > 0 && sequence !== (rest[at - 1]?.sequence ?? 0) + 1);
  assert.equal(gaps.length, 1);
  const gap = rest.indexOf(gaps[0] as LogLine);
  assert.ok(gap > 0);
  assert.deepEqual(textsOf(rest.slice(0, gap)), texts(2, gap + 1));
  assert.deepEqual(textsOf(rest.slice(gap)), textsOf(await logs.kept()));
});

test('a reader that keeps up misses nothing while the oldest lines go', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(tight);
  const reader = logs.follow();
  for (let number = 1; number <= 200; number++) {
    appendLines(store, number, number);
    assert.deepEqual(textsOf(await take(reader, 1)), [`line ${number}`]);
  }
});

test('aborting ends a reader that waits', async (context) => {
  const logs = scratchLogs(context);
  const stop = new AbortController();
  appendLines(logs.open(), 1, 2);
  const reader = logs.follow({ signal: stop.signal });
  await take(reader, 2);
  const waiting = reader.next();
  stop.abort();
  assert.deepEqual(await waiting, { done: true, value: undefined });
});

test('aborting ends a reader that has lines left', async (context) => {
  const logs = scratchLogs(context);
  const stop = new AbortController();
  appendLines(logs.open(), 1, 100);
  const reader = logs.follow({ signal: stop.signal });
  await take(reader, 2);
  stop.abort();
  assert.deepEqual(await take(reader, 1), []);
});

test('a reader that is aborted before it begins reads nothing', async (context) => {
  const logs = scratchLogs(context);
  appendLines(logs.open(), 1, 2);
  assert.deepEqual(await take(logs.follow({ signal: AbortSignal.abort() }), 1), []);
});

test('a reader that nobody reads on watches nothing any more', async (context) => {
  const logs = scratchLogs(context);
  const watches = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length;
  const before = watches();
  const stop = new AbortController();
  appendLines(logs.open(), 1, 3);
  const aborted = logs.follow({ signal: stop.signal });
  const left = logs.follow();
  await Promise.all([take(aborted, 1), take(left, 1)]);
  assert.equal(watches(), before + 2);
  stop.abort();
  await left.return(undefined);
  // The handles are closed at the end of a turn of the event loop.
  await turn();
  await turn();
  assert.equal(watches(), before);
});

test('a reader ends when the log is removed', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open();
  appendLines(store, 1, 3);
  const reader = logs.follow();
  await take(reader, 3);
  const waiting = take(reader, 1);
  store.remove(ownerId);
  assert.deepEqual(await waiting, []);
});

test('a line is read as it was written, and what is no UTF-8 as U+FFFD', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open();
  const said = ['\ufeffbegins with a byte order mark', '', ' \t\r', 'é€😀\0\u2028"\\', '\ufeff'];
  store.append(
    ownerId,
    lines(1, said.length, { bytes: Buffer.from(said.map((text) => `${text}\n`).join('')) }),
  );
  store.append(ownerId, line(6, { bytes: Buffer.from([0x61, 0xff, 0xe2, 0x82, 0x0a]) }));
  assert.deepEqual(textsOf(await logs.kept()), [...said, 'a\ufffd\ufffd']);
});
