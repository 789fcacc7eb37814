/**
 * Runs schedules at their moments. Room 12 decides what is due (`due.ts`); here is who asks it, and what is done.
 *
 * ```
 * each minute, and when something changed:
 *   each schedule ─► the one before runs on? queue: hold, it is asked again when that has ended
 *                 ─► decide ─► missed: on record
 *                          └─► due: skipped, on record;  or on record, then started
 *   what is decided ─► on disk
 * ```
 * A kill between two of these steps is made good by the next scheduler: a moment that is on record is decided, one that is not is
 * asked for again.
 */
import { asDozenError, type DozenError } from '../base/error.ts';
import type { OneOff } from '../engines/engine.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { AppSchedule } from '../factors/12-admin-processes/app-schedules.ts';
import { decide, describeMissed } from '../factors/12-admin-processes/due.ts';
import type { ScheduleRun } from '../factors/12-admin-processes/schedule-run.ts';
import type { Platform } from '../platform/platform.ts';
import { requireSchedule, runSchedule, schedulesOf } from '../platform/run-schedule.ts';
import { decidedWriter, readDecided } from './decided-file.ts';
import { openRuns } from './open-runs.ts';

export interface Scheduler {
  /** For after schedules were changed. Resolves when what is due is under way. */
  look(): Promise<void>;
  /** At once, whatever its schedule says and whatever runs. @throws SCHEDULE_UNKNOWN, APP_NOT_DEPLOYED */
  run(app: App, name: string): Promise<{ readonly run: ScheduleRun; readonly process: OneOff }>;
  close(): Promise<void>;
}

export interface SchedulerOptions {
  readonly platform: Platform;
  /** Where it keeps up to when everything is decided. */
  readonly file: string;
  /** Told what went wrong with a schedule; the others go on, and it is tried again. */
  readonly onTrouble: (error: DozenError) => void;
}

interface Watched {
  /** When it runs: of a schedule that was changed nothing is decided yet. */
  readonly timing: string;
  decidedMs: number;
  /** Whether its next run waits for the one before. */
  held: boolean;
}

const minuteMs = 60_000;
/** A clock that is put forward during a sleep is noticed within this. */
const longestSleepMs = 10_000;

export function startScheduler({ platform, file, onTrouble }: SchedulerOptions): Scheduler {
  const { store, engine, clock } = platform;
  const closing = new AbortController();
  const runs = openRuns(platform);
  const before = readDecided(file);
  const write = decidedWriter(file);
  const watched = new Map<string, Watched>();
  let isFirst = true;

  const watch = (app: App, schedule: AppSchedule): Watched => {
    const timing = `${schedule.cron.text} ${schedule.timeZone}`;
    const known = watched.get(keyOf(app, schedule));
    if (known?.timing === timing) return known;
    const held = isFirst ? before?.held[keyOf(app, schedule)] : undefined;
    const decidedMs = held ?? (isFirst && before !== null ? decidedBefore(app, schedule) : clock.now());
    const fresh = { timing, decidedMs, held: held !== undefined };
    watched.set(keyOf(app, schedule), fresh);
    return fresh;
  };
  const decidedBefore = (app: App, { name, from }: AppSchedule): number => {
    const planned = store.scheduleRuns(app.id, { schedule: name, limit: 100 }).map((run) => run.plannedAt);
    const last = planned.find((at) => at % minuteMs === 0) ?? 0;
    const declared = from === 'app.json' ? (store.currentRelease(app.id)?.createdAt ?? 0) : 0;
    return Math.max(before?.untilMs ?? 0, last, declared);
  };
  const note = (app: App, { name }: AppSchedule, { outcome, plannedAt, why }: Untaken): void => {
    const run = { appId: app.id, schedule: name, plannedAt, startedAt: null, outcome, process: null };
    store.endScheduleRun(store.addScheduleRun(run).id, why);
  };
  const start = async (app: App, schedule: AppSchedule, plannedAt: number): Promise<void> => {
    const begun = await runSchedule(platform, { app, schedule, plannedAt }, runs.add);
    void readAway(begun);
  };

  async function lookAt(app: App, schedule: AppSchedule): Promise<void> {
    const state = watch(app, schedule);
    const isOpen = runs.has(app.id, schedule.name);
    if (isOpen && schedule.overlap === 'queue') {
      state.held = true;
      return;
    }
    const standing = { decidedMs: state.decidedMs, nowMs: clock.now(), waited: state.held };
    const { decidedMs, runFor, missed } = decide(schedule, standing);
    if (runFor === null && missed === null) {
      Object.assign(state, { decidedMs, held: false });
      return;
    }
    // A runner that is away is waited for: what it may not have heard must not be on record as begun.
    await engine.processes(app.id);
    if (missed !== null)
      note(app, schedule, { outcome: 'missed', plannedAt: missed.lastMs, why: describeMissed(missed) });
    Object.assign(state, { decidedMs, held: false });
    if (runFor === null) return;
    const skipped = { outcome: 'skipped', plannedAt: runFor } as const;
    if (store.currentRelease(app.id)?.slug == null)
      note(app, schedule, { ...skipped, why: 'nothing of the app is deployed' });
    else if (isOpen && schedule.overlap === 'skip')
      note(app, schedule, { ...skipped, why: 'the run before ran on' });
    else await start(app, schedule, runFor);
  }

  async function lookAtAll(): Promise<void> {
    const untilMs = Math.floor(clock.now() / minuteMs) * minuteMs;
    await runs.settle();
    const seen = new Set<string>();
    let whole = true;
    for (const app of store.apps()) {
      try {
        for (const schedule of schedulesOf(platform, app)) {
          if (closing.signal.aborted) return;
          seen.add(keyOf(app, schedule));
          await lookAt(app, schedule);
        }
      } catch (error) {
        whole = false;
        onTrouble(asDozenError(error));
      }
    }
    // What could not be looked at has missed nothing yet.
    if (!whole) return;
    isFirst = false;
    for (const key of watched.keys()) if (!seen.has(key)) watched.delete(key);
    const held = [...watched].flatMap(([key, one]) => (one.held ? [[key, one.decidedMs] as const] : []));
    if (watched.size > 0) write({ untilMs, held: Object.fromEntries(held) });
  }

  let turn: Promise<void> = Promise.resolve();
  const look = (): Promise<void> => {
    turn = turn.then(lookAtAll).catch((error: unknown) => onTrouble(asDozenError(error)));
    return turn;
  };
  const looking = (async () => {
    while (!closing.signal.aborted) {
      await look();
      const toNextMinute = minuteMs - (clock.now() % minuteMs);
      await clock.sleep(Math.min(toNextMinute, longestSleepMs), closing.signal).catch(endOfSleep);
    }
  })();
  const hearing = (async () => {
    for await (const event of engine.observe(closing.signal)) if (runs.hear(event)) void look();
  })().catch((error: unknown) => onTrouble(asDozenError(error)));
  return {
    look,
    async run(app, name) {
      const schedule = requireSchedule(platform, app, name);
      let run: ScheduleRun | null = null;
      const now = clock.now();
      // No full minute: those are moments of the schedule's own.
      const plannedAt = now % minuteMs === 0 ? now + 1 : now;
      const process = await runSchedule(platform, { app, schedule, plannedAt }, (begun) => {
        run = begun;
        runs.add(begun);
      });
      if (run === null) throw new TypeError('a run began without a record');
      return { run, process };
    },
    async close() {
      closing.abort();
      await Promise.all([looking, hearing]);
      await turn;
    },
  };
}

interface Untaken {
  readonly outcome: 'missed' | 'skipped';
  readonly plannedAt: number;
  readonly why: string;
}

function keyOf({ id }: App, { name }: AppSchedule): string {
  return `${id}/${name}`;
}

/** Its lines are in the log: here they must only not heap up. How it ended is heard from the engine. */
async function readAway({ lines, ended }: OneOff): Promise<void> {
  ended.catch(() => undefined);
  for await (const _ of lines);
}

function endOfSleep(error: unknown): void {
  if ((error as Error).name !== 'AbortError') throw error;
}
