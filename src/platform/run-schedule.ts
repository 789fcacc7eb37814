/** Starts a run of a schedule: a one-off of the current release that belongs to nobody, on record before it begins. */
import { asDozenError, userError } from '../base/error.ts';
import type { OneOff } from '../engines/engine.ts';
import type { App } from '../factors/01-codebase/app.ts';
import { type AppSchedule, appSchedules } from '../factors/12-admin-processes/app-schedules.ts';
import type { ScheduleRun } from '../factors/12-admin-processes/schedule-run.ts';
import { nextProcess } from '../factors/12-admin-processes/scheduled-process.ts';
import { currentRunning, requireRunning } from './current.ts';
import { declarationOf, scheduledRunOf } from './desired.ts';
import type { Platform } from './platform.ts';

export interface ScheduleOrder {
  readonly app: App;
  readonly schedule: AppSchedule;
  /** The moment it is for. */
  readonly plannedAt: number;
}

/** Of the current release and by command. */
export function schedulesOf(platform: Platform, app: App): readonly AppSchedule[] {
  const running = currentRunning(platform, app);
  const declared = running === null ? [] : declarationOf(running.slug).schedules;
  return appSchedules(declared, platform.store.schedules(app.id));
}

/** @throws SCHEDULE_UNKNOWN */
export function requireSchedule(platform: Platform, app: App, name: string): AppSchedule {
  const found = schedulesOf(platform, app).find((one) => one.name === name);
  if (found !== undefined) return found;
  throw userError(
    'SCHEDULE_UNKNOWN',
    `Cannot find the schedule ${JSON.stringify(name.slice(0, 80))} of ${app.name}: there is none of this name`,
    { hint: `dozen schedule -a ${app.name} lists those there are` },
  );
}

/** `run` is on record whatever comes of it. @throws APP_NOT_DEPLOYED, and what the engine throws when it cannot start it */
export async function runSchedule(
  platform: Platform,
  { app, schedule, plannedAt }: ScheduleOrder,
  onRecord: (run: ScheduleRun) => void,
): Promise<OneOff> {
  const { store, engine, clock } = platform;
  const running = requireRunning(platform, app, `run ${schedule.name} of`);
  const runs = store.scheduleRuns(app.id, { schedule: schedule.name, limit: 500 });
  const process = nextProcess(schedule.name, { runs, types: Object.keys(running.slug.processTypes) });
  const run = store.addScheduleRun({
    appId: app.id,
    schedule: schedule.name,
    plannedAt,
    startedAt: clock.now(),
    outcome: 'started',
    process,
  });
  onRecord(run);
  try {
    return await engine.runOneOff(scheduledRunOf(running, { process, command: schedule.command }));
  } catch (error) {
    const { code, message } = asDozenError(error);
    // An engine that went away may have been told: what it says of the process later is how it ended.
    if (code !== 'PEER_AWAY' && code !== 'ONE_OFF_LOST')
      store.endScheduleRun(run.id, `not started: ${message}`);
    throw error;
  }
}
