/** The schedules of the store and what came of them: part of its contract, in `store.ts`. */
import type { ScheduleRun } from '../factors/12-admin-processes/schedule-run.ts';
import type { SetSchedule } from '../factors/12-admin-processes/set-schedule.ts';

export interface ScheduleStore {
  /** @throws SCHEDULE_NAME_TAKEN */
  addSchedule(appId: string, schedule: SetSchedule): void;
  /** What is known of its runs stays. @throws SCHEDULE_UNKNOWN */
  removeSchedule(appId: string, name: string): void;
  /** Those set by command, sorted by name. */
  schedules(appId: string): readonly SetSchedule[];

  /**
   * A run of any schedule, of app.json too. At most 500 of an app are kept: with a new one the oldest goes, but never the last of
   * a schedule.
   */
  addScheduleRun(run: NewScheduleRun): ScheduleRun;
  /** `exit` says how its process ended. Nothing for one that has ended, or is kept no more. */
  endScheduleRun(id: number, exit: string): void;
  /** Newest first; of one schedule where it is given. */
  scheduleRuns(
    appId: string,
    wanted: { readonly schedule?: string; readonly limit: number },
  ): readonly ScheduleRun[];
  lastScheduleRun(appId: string, schedule: string): ScheduleRun | null;
}

export type NewScheduleRun = Omit<ScheduleRun, 'id' | 'endedAt' | 'exit'>;
