import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, type TestContext, test } from 'node:test';
import { scratchStore } from '../../test/fixtures/store/scratch-store.ts';
import { makeBench } from '../../test/parts/local-host.ts';
import { eventually } from '../../test/parts/platform-run.ts';
import type { Clock } from '../base/clock.ts';
import type { DozenError } from '../base/error.ts';
import type { Engine } from '../engines/engine.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { Overlap } from '../factors/12-admin-processes/set-schedule.ts';
import type { Platform } from '../platform/platform.ts';
import { releasable, releaseOf } from '../store/contract/subject.contract.ts';
import type { Store } from '../store/store.ts';
import { type Scheduler, startScheduler } from './scheduler.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Stands still until it is set; a sleep ends at each setting, as if its time had come. */
function handClock(start: number): Clock & { set(now: number): void } {
  let now = start;
  const sleepers = new Set<() => void>();
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (_, signal) =>
      new Promise((resolve, reject) => {
        const wake = (): void => {
          sleepers.delete(wake);
          resolve();
        };
        sleepers.add(wake);
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        if (signal?.aborted) reject(signal.reason);
      }),
    set(moment) {
      now = moment;
      for (const wake of sleepers) wake();
    },
  };
}

describe('the scheduler', { timeout: 120_000 }, () => {
  let folder: string;
  let engine: Engine;
  /** A full hour, after everything that the store dates itself. */
  const noon = Math.ceil(Date.now() / hourMs) * hourMs + hourMs;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'dozen-scheduler-'));
    engine = await makeBench(folder).open();
  });
  afterEach(async () => {
    await engine.halt(5_000);
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  interface Scene {
    readonly store: Store;
    readonly app: App;
    readonly clock: ReturnType<typeof handClock>;
    readonly troubles: readonly DozenError[];
    readonly file: string;
    open(): Scheduler;
    close(): Promise<void>;
    /** Sets the clock, minutes after noon, and lets the scheduler look. */
    at(minutes: number): Promise<void>;
    add(command: string, overlap?: Overlap, cron?: string): void;
    /** Oldest first: minutes after noon it was for, and what came of it. */
    told(): string[];
  }

  function scene(context: TestContext, { deployed = true } = {}): Scene {
    const store = scratchStore(context).open();
    const { app, build } = releasable(store);
    if (deployed) store.addReleaseEvent(app.id, releaseOf(store, build).version, 'succeeded', null);
    const clock = handClock(noon);
    const platform = { store, engine, clock } as Partial<Platform> as Platform;
    const troubles: DozenError[] = [];
    const file = path.join(folder, 'schedules.json');
    let scheduler: Scheduler | null = null;
    const close = async (): Promise<void> => {
      await scheduler?.close();
      scheduler = null;
    };
    context.after(close);
    return {
      store,
      app,
      clock,
      troubles,
      file,
      close,
      open() {
        scheduler = startScheduler({ platform, file, onTrouble: (error) => troubles.push(error) });
        return scheduler;
      },
      async at(minutes) {
        clock.set(noon + minutes * minuteMs);
        await scheduler?.look();
      },
      add: (command, overlap = 'skip', cron = '* * * * *') =>
        store.addSchedule(app.id, { name: 'tidy', command, cron, timeZone: 'UTC', overlap }),
      told: () =>
        store
          .scheduleRuns(app.id, { limit: 100 })
          .toReversed()
          .map(({ plannedAt, outcome, process, exit }) =>
            [Math.round((plannedAt - noon) / minuteMs), outcome, process, exit]
              .filter((part) => part !== null)
              .join(' '),
          ),
    };
  }

  const ended = (found: Scene, run: string): Promise<void> =>
    eventually(() => found.told().includes(run), { what: `${run} in ${JSON.stringify(found.told())}` });

  test('starts what is due as a one-off of the release, and keeps how it ended', async (context) => {
    const found = scene(context);
    found.add('echo from a schedule; exit 3');
    found.open();
    await found.at(0.5);
    assert.deepEqual(found.told(), []);
    await found.at(1);
    await ended(found, '1 started cron-tidy.1 exit code 3');
    await found.at(1.5);
    await found.at(2);
    await ended(found, '2 started cron-tidy.2 exit code 3');
    assert.equal(found.told().length, 2);
    const lines: string[] = [];
    const signal = AbortSignal.timeout(10_000);
    for await (const { process, text } of engine.logs(found.app.id, { follow: false, signal }))
      lines.push(`${process}: ${text}`);
    assert.ok(lines.includes('cron-tidy.1: from a schedule'), lines.join('\n'));
    assert.deepEqual(found.troubles, []);
  });

  test('leaves out a run while the one before runs on', async (context) => {
    const found = scene(context);
    found.add('sleep 300');
    found.open();
    await found.at(0);
    await found.at(1);
    await found.at(2);
    assert.deepEqual(found.told(), ['1 started cron-tidy.1', '2 skipped the run before ran on']);
  });

  test('lets both run where that is wished', async (context) => {
    const found = scene(context);
    found.add('sleep 300', 'allow');
    found.open();
    await found.at(0);
    await found.at(1);
    await found.at(2);
    assert.deepEqual(found.told(), ['1 started cron-tidy.1', '2 started cron-tidy.2']);
  });

  test('starts one that waited when the one before has ended, also when it was away meanwhile', async (context) => {
    const found = scene(context);
    found.add('sleep 300', 'queue');
    found.open();
    await found.at(0);
    await found.at(1);
    await found.at(2);
    await found.at(9);
    assert.deepEqual(found.told(), ['1 started cron-tidy.1']);
    await engine.stopProcess(found.app.id, 'cron-tidy.1');
    await ended(found, '9 started cron-tidy.2');
    assert.deepEqual(found.told().slice(1), ['8 missed 7 runs were missed', '9 started cron-tidy.2']);
    await found.at(12);
    await found.close();
    await engine.stopProcess(found.app.id, 'cron-tidy.2');
    found.clock.set(noon + 30 * minuteMs);
    found.open();
    await ended(found, '30 started cron-tidy.3');
  });

  test('tells what it missed while it was away, and makes it up only when it is daily and fresh', async (context) => {
    const found = scene(context);
    found.add('true', 'skip', '*/10 * * * *');
    const daily = { name: 'daily', command: 'true', timeZone: 'UTC', overlap: 'skip' } as const;
    const hour = new Date(noon + hourMs).getUTCHours();
    found.store.addSchedule(found.app.id, { ...daily, cron: `30 ${hour} * * *` });
    found.open();
    await found.at(1);
    await found.close();
    found.clock.set(noon + 125 * minuteMs);
    found.open();
    await ended(found, '90 started cron-daily.1 exit code 0');
    assert.deepEqual(found.told().toSorted(), [
      '120 missed 12 runs were missed',
      '90 started cron-daily.1 exit code 0',
    ]);
    await found.close();
    found.open();
    await found.at(126);
    assert.equal(found.told().length, 2, 'it is told once');
  });

  test('killed after a run was on record and before it began: it is not run twice, and said to be lost', async (context) => {
    const found = scene(context);
    found.add('true');
    found.open();
    await found.at(0);
    await found.close();
    const [appId, plannedAt] = [found.app.id, noon + minuteMs];
    const record = { appId, schedule: 'tidy', plannedAt, startedAt: plannedAt, process: 'cron-tidy.1' };
    found.store.addScheduleRun({ ...record, outcome: 'started' });
    found.clock.set(plannedAt + 1000);
    found.open();
    await found.at(1.5);
    assert.deepEqual(found.told(), ['1 started cron-tidy.1']);
    await found.at(2.1);
    await ended(found, '2 started cron-tidy.2 exit code 0');
    assert.equal(found.told()[0], '1 started cron-tidy.1 exit unknown: nothing is known of its process');
  });

  test('hears of an end that came while it was away', async (context) => {
    const found = scene(context);
    found.add('sleep 300');
    found.open();
    await found.at(0);
    await found.at(1);
    await found.close();
    const isStarted = async (): Promise<boolean> => (await engine.processes(found.app.id))[0]?.pid != null;
    await eventually(isStarted, { what: 'it runs' });
    await engine.stopProcess(found.app.id, 'cron-tidy.1');
    await eventually(async () => (await engine.history(found.app.id)).length === 1, { what: 'it is kept' });
    found.open();
    await found.at(1.5);
    assert.match(found.told().join(), /^1 started cron-tidy\.1 (SIGTERM|exit code 143)$/);
  });

  test('has nothing to run where nothing is deployed, and says so', async (context) => {
    const found = scene(context, { deployed: false });
    found.add('true');
    found.open();
    await found.at(0);
    await found.at(1);
    assert.deepEqual(found.told(), ['1 skipped nothing of the app is deployed']);
  });

  test('runs one at once, beside its own moments', async (context) => {
    const found = scene(context);
    found.add('echo now; exit 4');
    const scheduler = found.open();
    await found.at(0);
    const { run, process } = await scheduler.run(found.app, 'tidy');
    assert.equal(run.process, 'cron-tidy.1');
    assert.deepEqual(await process.ended, { kind: 'code', code: 4 });
    await found.at(1);
    await ended(found, '1 started cron-tidy.2 exit code 4');
    await assert.rejects(scheduler.run(found.app, 'nope'), { code: 'SCHEDULE_UNKNOWN' });
  });

  test('keeps on disk up to when everything is decided', async (context) => {
    const found = scene(context);
    found.add('true', 'skip', '@daily');
    found.open();
    await found.at(7.5);
    await found.close();
    assert.deepEqual(JSON.parse(readFileSync(found.file, 'utf8')), {
      format: 1,
      untilMs: noon + 7 * minuteMs,
      held: {},
    });
  });
});
