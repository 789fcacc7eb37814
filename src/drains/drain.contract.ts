/**
 * What every drain must do, whatever it speaks to its destination. An implementation brings a harness: a real destination
 * that can be away, be killed and be slow, and what it has received.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { LogLine } from '../factors/11-logs/log-line.ts';
import type { Drain, DrainOptions } from './drain.ts';

export type ReceivedLine = Pick<LogLine, 'at' | 'source' | 'process' | 'text'>;

export interface DrainHarness {
  /** To the destination, which need not be there. */
  open(options: DrainOptions): Drain;
  /** Resolves when it takes lines. It is away until then. */
  start(): Promise<void>;
  /** With SIGKILL. Resolves when it is gone; `start` brings it back. */
  kill(): Promise<void>;
  /** To a destination that takes the connection and reads nothing until it is told to. */
  openSlow(options: DrainOptions): Promise<SlowDrain>;
  /** Resolves with all that was received, in order, as soon as that is enough. */
  until(enough: (received: readonly ReceivedLine[]) => boolean, signal: AbortSignal): Promise<ReceivedLine[]>;
  close(): Promise<void>;
}

export interface SlowDrain {
  readonly drain: Drain;
  /** From now on the destination reads. */
  read(): void;
}

const mebibyte = 1024 * 1024;
const ample: DrainOptions = { limitBytes: 4 * mebibyte };
const timely = (): AbortSignal => AbortSignal.timeout(20_000);

/** @param lacking what this machine has not got of the means: the suite is skipped, and says so. */
export function testDrain(
  name: string,
  makeHarness: () => Promise<DrainHarness>,
  lacking: string | null = null,
): void {
  describe(name, { timeout: 120_000, skip: lacking ?? false }, () => {
    let harness: DrainHarness;
    let drains: Drain[];

    beforeEach(async () => {
      harness = await makeHarness();
      drains = [];
    });
    afterEach(async () => {
      for (const drain of drains) await drain.close(AbortSignal.abort());
      await harness.close();
    });

    const opened = (drain: Drain): Drain => {
      drains.push(drain);
      return drain;
    };
    const open = (options: DrainOptions = ample): Drain => opened(harness.open(options));

    async function openSlow(options: DrainOptions): Promise<SlowDrain> {
      const slow = await harness.openSlow(options);
      opened(slow.drain);
      return slow;
    }

    const textsUntil = async (last: string): Promise<string[]> => {
      const received = await harness.until((lines) => lines.at(-1)?.text === last, timely());
      return received.map(({ text }) => text);
    };

    test('lines arrive in order, with their time, source and process', async () => {
      await harness.start();
      const drain = open();
      const lines = [
        lineOf('first', { at: Date.UTC(2026, 0, 2, 3, 4, 5, 678), process: 'web.1' }),
        lineOf('second', { at: Date.UTC(2026, 0, 2, 3, 4, 5, 679), source: 'dozen', process: 'router' }),
        lineOf('third', { at: Date.UTC(2026, 0, 2, 3, 4, 6), process: 'release.3' }),
      ];
      drain.write(lines.slice(0, 2));
      drain.write(lines.slice(2));
      const sent = lines.map(({ at, source, process, text }) => ({ at, source, process, text }));
      assert.deepEqual(await harness.until(({ length }) => length === 3, timely()), sent);
    });

    test('many lines arrive in the order they were written', async () => {
      await harness.start();
      const drain = open();
      const texts = numbered(1, 5000);
      for (let from = 0; from < texts.length; from += 500)
        drain.write(linesOf(texts.slice(from, from + 500)));
      assert.deepEqual(await textsUntil('5000'), texts);
    });

    test('unicode, empty and 64 KiB lines arrive whole', async () => {
      await harness.start();
      const texts = ['é€😀 ‮', '', '  ', '"\\\t\u001b[31m', 'x'.repeat(65_536), '€'.repeat(21_845), '', 'end'];
      open().write(linesOf(texts));
      assert.deepEqual(await textsUntil('end'), texts);
    });

    test('a destination that is away at first gets everything once it is there', async () => {
      const drain = open();
      const texts = numbered(1, 1000);
      drain.write(linesOf(texts));
      await harness.start();
      assert.deepEqual(await textsUntil('1000'), texts);
    });

    test('a destination that is killed and started again goes on getting lines', async () => {
      await harness.start();
      const drain = open();
      drain.write(linesOf(['1']));
      await textsUntil('1');
      await harness.kill();
      // The first of these may be lost with what it was sent into: nobody need know yet that the destination is gone.
      drain.write(linesOf(numbered(2, 10)));
      await harness.start();
      drain.write(linesOf(numbered(11, 20)));
      const received = await textsUntil('20');
      assert.deepEqual(
        received.filter((text) => Number(text) > 10),
        numbered(11, 20),
      );
      assert.deepEqual(
        received,
        [...new Set(received)].sort((a, b) => Number(a) - Number(b)),
      );
    });

    test('a slow destination holds no more than the limit, and is told how many lines were dropped', async () => {
      await harness.start();
      const limitBytes = mebibyte;
      const { drain, read } = await openSlow({ limitBytes });
      const count = 20_000;
      for (let from = 1; from <= count; from += 100) {
        drain.write(linesOf(numbered(from, from + 99).map((number) => number.padEnd(1000, '.'))));
        await new Promise((resolve) => setImmediate(resolve));
      }
      read();
      const last = String(count).padEnd(1000, '.');
      const received = await harness.until((lines) => lines.at(-1)?.text === last, timely());
      let next = 1;
      let sinceTold = Number.NaN;
      for (const { source, text } of received) {
        if (source === 'dozen') {
          next += Number(/^Dropped (\d+) lines: /.exec(text)?.[1]);
          sinceTold = 0;
        } else {
          assert.equal(Number.parseInt(text, 10), next);
          next += 1;
          sinceTold += text.length;
        }
      }
      assert.equal(next, count + 1);
      assert.ok(sinceTold <= limitBytes && sinceTold > limitBytes / 2, `${sinceTold} bytes were held`);
    });

    test('close delivers what is held', async () => {
      await harness.start();
      const drain = open();
      drain.write(linesOf(numbered(1, 1000)));
      assert.equal(await drain.close(timely()), 0);
      assert.deepEqual(await textsUntil('1000'), numbered(1, 1000));
    });

    test('close of a drain that had nothing to say is over at once', async () => {
      assert.equal(await open().close(timely()), 0);
    });

    test('a destination that comes back before the deadline gets what is held', async () => {
      const drain = open();
      drain.write(linesOf(['held']));
      const closed = drain.close(timely());
      await harness.start();
      assert.equal(await closed, 0);
      await textsUntil('held');
    });

    test('close gives up at its deadline and says how many lines were not delivered', async () => {
      const away = open();
      away.write(linesOf(numbered(1, 7)));
      assert.equal(await away.close(AbortSignal.timeout(300)), 7);
    });

    test('lines that were dropped and not told count among those given up', async () => {
      const away = open({ limitBytes: 10_000 });
      away.write(linesOf(numbered(1, 1000)));
      assert.equal(await away.close(AbortSignal.abort()), 1000);
    });

    test('lines that are written after close are not taken', async () => {
      const away = open();
      away.write(linesOf(['before']));
      const closed = away.close(AbortSignal.timeout(300));
      away.write(linesOf(['after']));
      assert.equal(await closed, 1);
    });
  });
}

function lineOf(text: string, more: Partial<LogLine> = {}): LogLine {
  const at = Date.UTC(2026, 0, 1);
  return { at, sequence: 1, source: 'app', process: 'web.1', instance: 'web.1-a', text, ...more };
}

const linesOf = (texts: readonly string[]): LogLine[] => texts.map((text) => lineOf(text));

const numbered = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
