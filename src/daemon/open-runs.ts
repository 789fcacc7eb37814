/**
 * Runs of schedules that have begun and not ended, as the ledger has them. An end is heard from the engine; one that came while
 * nobody listened is looked up in its history.
 */
import type { Observation } from '../engines/engine.ts';
import { describeExit } from '../factors/06-processes/process.ts';
import type { ScheduleRun } from '../factors/12-admin-processes/schedule-run.ts';
import type { Platform } from '../platform/platform.ts';

export interface OpenRuns {
  add(run: ScheduleRun): void;
  /** Whether any of the schedule is open. */
  has(appId: string, schedule: string): boolean;
  /** @returns whether it ended one */
  hear(event: Observation): boolean;
  /** Ends those that are over, or of which nothing is known though they began a while ago. */
  settle(): Promise<void>;
}

/** A start that was cut off is known to the engine within this, or never. */
const lostAfterMs = 60_000;
const keptRuns = 500;

export function openRuns({ store, engine, clock }: Pick<Platform, 'store' | 'engine' | 'clock'>): OpenRuns {
  const open = new Map<string, ScheduleRun>();
  const add = (run: ScheduleRun): void => void open.set(keyOf(run.appId, run.process), run);
  for (const { id } of store.apps()) {
    for (const run of store.scheduleRuns(id, { limit: keptRuns }))
      if (run.outcome === 'started' && run.endedAt === null) add(run);
  }
  const end = (run: ScheduleRun, exit: string): void => {
    store.endScheduleRun(run.id, exit);
    open.delete(keyOf(run.appId, run.process));
  };
  return {
    add,
    has: (appId, schedule) =>
      [...open.values()].some((run) => run.appId === appId && run.schedule === schedule),
    hear(event) {
      if (event.kind !== 'process' || event.process.exit === null) return false;
      const { owner, process, exit } = event.process;
      const run = open.get(keyOf(owner.id, process));
      if (run === undefined) return false;
      end(run, describeExit(exit));
      return true;
    },
    async settle() {
      for (const appId of new Set([...open.values()].map((run) => run.appId))) {
        const views = await engine.processes(appId);
        const ends = await engine.history(appId);
        for (const run of [...open.values()].filter((one) => one.appId === appId)) {
          const exit = ends.find(({ process }) => process === run.process)?.exit;
          const isKnown = views.some(({ process }) => process === run.process);
          if (exit !== undefined) end(run, describeExit(exit));
          else if (!isKnown && Math.abs(clock.now() - (run.startedAt ?? 0)) > lostAfterMs)
            end(run, 'exit unknown: nothing is known of its process');
        }
      }
    },
  };
}

function keyOf(appId: string, process: string | null): string {
  return `${appId} ${process}`;
}
