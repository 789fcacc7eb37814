/** What came of one moment that a schedule named. */
export interface ScheduleRun {
  /** Rises with every run of the platform. */
  readonly id: number;
  readonly appId: string;
  /** The schedule's name, of app.json or set by command. */
  readonly schedule: string;
  /** When it was due, in milliseconds since the epoch: a full minute. One that somebody started has a moment that is none. */
  readonly plannedAt: number;
  readonly startedAt: number | null;
  /** `missed`: the platform was away, or its clock was put forward. `skipped`: the run before ran on, or nothing is deployed. */
  readonly outcome: 'started' | 'missed' | 'skipped';
  /** E.g. `cron-tidy.1`; null when none was started. */
  readonly process: string | null;
  readonly endedAt: number | null;
  /** How its process ended, in words; null while that is not known. Of one that was not started: why, or how many were missed. */
  readonly exit: string | null;
}
