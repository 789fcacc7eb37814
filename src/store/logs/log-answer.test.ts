import assert from 'node:assert/strict';
import { rmSync, truncateSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import {
  appendLines,
  lastSegment,
  line,
  lines,
  ownerId,
  type ScratchLogs,
  scratchLogs,
  take,
  texts,
  textsOf,
} from '../../../test/fixtures/store/scratch-logs.ts';
import type { LogBatch } from '../../factors/11-logs/log-batch.ts';
import { type KeptLine, type LogQuery, matches } from '../../factors/11-logs/log-query.ts';
import type { LogLimits, LogStore } from './log-store.ts';

const small: LogLimits = { ownerBytes: 1024 * 1024, segmentBytes: 1000 };
const tight: LogLimits = { ownerBytes: 4000, segmentBytes: 1000 };

function asked(logs: ScratchLogs, query: Partial<LogQuery>): Promise<KeptLine[]> {
  return Array.fromAsync(logs.ask(query));
}

async function refused(lines: AsyncGenerator<KeptLine>): Promise<{ code: string; message: string }> {
  try {
    await lines.next();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
  return assert.fail('answered');
}

async function appendSlowly(store: LogStore, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number++) {
    appendLines(store, number, number);
    await turn();
  }
}

test('the last lines are the last, over as many segments and batches as they need', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(small);
  for (let number = 1; number <= 100; number += 4) store.append(ownerId, lines(number, 4));
  for (const num of [1, 3, 4, 5, 99, 100]) {
    assert.deepEqual(textsOf(await asked(logs, { num })), texts(101 - num, 100), `the last ${num}`);
  }
  assert.deepEqual(textsOf(await asked(logs, { num: 500 })), texts(1, 100));
  assert.deepEqual(await asked(logs, { num: 0 }), []);
});

test('a log that does not exist has no lines', async (context) => {
  assert.deepEqual(await asked(scratchLogs(context), { num: 10 }), []);
});

test('an answer begins with the last lines and goes on with what comes, without gap and without doubling', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(small);
  appendLines(store, 1, 50);
  for (const [round, num] of [10, 0, 7].entries()) {
    const end = 50 + round * 100;
    const answer = logs.ask({ num }, { follow: true });
    const [read] = await Promise.all([takeTo(answer, end + 100), appendSlowly(store, end + 1, end + 100)]);
    const begun = read[0]?.sequence ?? 0;
    assert.ok(begun > end - num, 'lines before the last');
    assert.deepEqual(textsOf(read), texts(begun, end + 100));
    await answer.return(undefined);
  }
});

/** The lines up to that number. */
async function takeTo(answer: AsyncGenerator<KeptLine>, number: number): Promise<KeptLine[]> {
  const taken: KeptLine[] = [];
  while (taken.at(-1)?.sequence !== number) {
    const next = await answer.next();
    assert.ok(!next.done, `it ended before line ${number}`);
    taken.push(next.value);
  }
  return taken;
}

test('who does not follow gets what was asked for and no more, also while lines come', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(small);
  appendLines(store, 1, 50);
  const answer = logs.ask({ num: 10 });
  const first = await take(answer, 1);
  appendLines(store, 51, 60);
  assert.deepEqual(textsOf([...first, ...(await Array.fromAsync(answer))]), texts(41, 50));
});

test('a process, a source, a text and moments choose together', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(small);
  for (let number = 1; number <= 60; number++) {
    const process = number % 2 === 0 ? 'web.1' : 'worker.1';
    store.append(ownerId, line(number, { process, source: number % 3 === 0 ? 'dozen' : 'app' }));
  }
  const query = { process: 'web', source: 'app', grep: '/ \\d*[02468]$/', since: 10, until: 50 } as const;
  const expected = (await logs.kept())
    .filter(({ sequence }) => sequence % 2 === 0 && sequence % 3 !== 0 && sequence >= 10 && sequence <= 50)
    .map(({ text }) => text);
  assert.deepEqual(textsOf(await asked(logs, query)), expected);
  assert.deepEqual(textsOf(await asked(logs, { ...query, num: 3 })), expected.slice(-3));
});

test('an answer goes over a store that is closed and opened again', async (context) => {
  const logs = scratchLogs(context);
  const first = logs.open(small);
  appendLines(first, 1, 30);
  const answer = logs.ask({ num: 5 }, { follow: true });
  assert.deepEqual(textsOf(await take(answer, 5)), texts(26, 30));
  await first.close();
  appendLines(logs.open(small), 31, 60);
  assert.deepEqual(textsOf(await take(answer, 30)), texts(31, 60));
});

test('who comes again with a cursor goes on exactly behind its line, wherever that is', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(small);
  for (let number = 1; number <= 40; number += 4) store.append(ownerId, lines(number, 4));
  const all = await asked(logs, {});
  appendLines(store, 41, 50);
  for (const { cursor, sequence } of all) {
    const rest = await Array.fromAsync(logs.ask({ num: 2 }, { cursor }));
    assert.deepEqual(textsOf(rest), texts(sequence + 1, 50), cursor);
  }
});

test('who comes again at the end waits for what comes', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(small);
  appendLines(store, 1, 20);
  const cursor = (await asked(logs, {})).at(-1)?.cursor ?? '';
  const answer = logs.ask({}, { cursor, follow: true });
  const [read] = await Promise.all([take(answer, 5), appendSlowly(store, 21, 25)]);
  assert.deepEqual(textsOf(read), texts(21, 25));
});

test('a cursor whose lines were dropped to make room goes on with the oldest that is kept', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(tight);
  appendLines(store, 1, 10);
  const cursor = (await asked(logs, {})).at(-1)?.cursor ?? '';
  appendLines(store, 11, 300);
  assert.deepEqual(textsOf(await Array.fromAsync(logs.ask({}, { cursor }))), textsOf(await logs.kept()));
});

test('a cursor of a log that lost its end or began anew is refused', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open();
  appendLines(store, 1, 10);
  const cursor = (await asked(logs, {})).at(-1)?.cursor ?? '';
  const { file, content } = lastSegment(logs);
  truncateSync(file, content.length - 1);
  assert.equal((await refused(logs.ask({}, { cursor }))).code, 'LOG_CURSOR_UNKNOWN');
  await store.close();
  appendLines(logs.open(), 10, 20);
  assert.deepEqual(await Array.fromAsync(logs.ask({}, { cursor }), ({ text }) => text), texts(11, 20));
  rmSync(logs.owner, { recursive: true });
  assert.deepEqual(await refused(logs.ask({}, { cursor })), {
    code: 'LOG_CURSOR_UNKNOWN',
    message: `Cannot go on behind "${cursor}": the log has no such place`,
  });
  const anew = logs.open();
  for (let number = 1; number <= 10; number++) anew.append(ownerId, line(number, { instance: 'web.1-def' }));
  const [offset, again] = [cursor, (await asked(logs, {})).at(-1)?.cursor ?? ''].map(
    (text) => text.split('.')[1],
  );
  assert.equal(again, offset, 'another record in the same place');
  assert.equal((await refused(logs.ask({}, { cursor }))).code, 'LOG_CURSOR_UNKNOWN');
  for (const text of ['', '1', '1.0.99.00000000', '../../x', `1.${'9'.repeat(12)}.1.00000000`]) {
    assert.equal((await refused(logs.ask({}, { cursor: text }))).code, 'LOG_CURSOR_UNKNOWN', text);
  }
});

test('a pattern that cannot be is refused before anything is read', async (context) => {
  assert.equal((await refused(scratchLogs(context).ask({ grep: '/[/' }))).code, 'LOG_PATTERN_INVALID');
});

test('a search through many lines lets others have their turn, and ends when it is aborted', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open();
  const bytes = Buffer.from('a line that is not it\n'.repeat(3000));
  for (let number = 1; number < 300_000; number += 3000)
    store.append(ownerId, lines(number, 3000, { bytes }));
  const stop = new AbortController();
  const answer = Array.fromAsync(logs.ask({ grep: '/[xy]{3}/', num: 1 }, { signal: stop.signal }));
  const ended = answer.then(() => true);
  await turn();
  assert.equal(await Promise.race([ended, turn(false)]), false);
  stop.abort();
  assert.deepEqual(await answer, []);
});

test('aborting ends an answer that waits', async (context) => {
  const logs = scratchLogs(context);
  const stop = new AbortController();
  appendLines(logs.open(), 1, 2);
  const answer = logs.ask({ num: 1 }, { follow: true, signal: stop.signal });
  await take(answer, 1);
  const waiting = answer.next();
  stop.abort();
  assert.deepEqual(await waiting, { done: true, value: undefined });
});

const said = fc.constantFrom('GET /a', 'GET /b', 'error', 'Error: no', '');
const batch = fc.record({
  at: fc.integer({ min: 0, max: 20 }),
  source: fc.constantFrom('app', 'dozen'),
  process: fc.constantFrom('web.1', 'web.2', 'worker.1', 'router'),
  said: fc.array(said, { minLength: 1, maxLength: 5 }),
});
const moment = fc.option(fc.integer({ min: 0, max: 20 }));
const query: fc.Arbitrary<LogQuery> = fc.record({
  source: fc.option(fc.constantFrom('app', 'dozen'), { freq: 1 }),
  process: fc.option(fc.constantFrom('web', 'web.1', 'worker', 'router'), { freq: 1 }),
  since: moment,
  until: moment,
  grep: fc.option(fc.constantFrom('GET', '/error/i', '/^GET .[ab]$/'), { freq: 1 }),
  num: fc.option(fc.integer({ min: 0, max: 30 })),
});

interface Said extends Pick<LogBatch, 'at' | 'source' | 'process'> {
  readonly said: readonly string[];
}

/** Opens the log anew in the middle. */
async function write(logs: ScratchLogs, batches: readonly Said[], limits: LogLimits): Promise<void> {
  let sequence = 1;
  for (const half of [batches.slice(0, batches.length / 2), batches.slice(batches.length / 2)]) {
    const store = logs.open(limits);
    for (const { said: texts, ...stamp } of half) {
      const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
      store.append(ownerId, lines(sequence, texts.length, { ...stamp, bytes }));
      sequence += texts.length;
    }
    await store.close();
  }
}

test('the answer to any query of any log is a filter over everything, and so is what each cursor goes on with', async (context: TestContext) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(batch, { maxLength: 40 }),
      query,
      fc.constantFrom(300, 1000, 100_000),
      fc.constantFrom(1200, 1_000_000),
      fc.nat(),
      async (batches, asking, segmentBytes, ownerBytes, which) => {
        const logs = scratchLogs(context);
        await write(logs, batches, { segmentBytes, ownerBytes: Math.max(ownerBytes, segmentBytes * 2) });
        const matching = (await logs.kept()).filter((each) => matches(asking, each));
        const expected =
          asking.num === null
            ? matching
            : matching.slice(matching.length - Math.min(asking.num, matching.length));
        const answer = await asked(logs, asking);
        assert.deepEqual(
          answer.map(({ cursor: _, ...each }) => each),
          expected,
        );
        const at = which % Math.max(answer.length, 1);
        const cursor = answer[at]?.cursor;
        if (cursor === undefined) return;
        const rest = await Array.fromAsync(logs.ask(asking, { cursor }));
        assert.deepEqual(rest, answer.slice(at + 1));
      },
    ),
    { numRuns: 150 },
  );
});
