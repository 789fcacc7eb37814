/** What came of one moment that a schedule named. */
export interface ScheduleRun {
  /** Rises with every run of the platform. */
  readonly id: number;
  readonly appId: string;
  /** The schedule's name, of app.json or set by command. */
  readonly schedule: string;
  /** When it was due, in milliseconds since the epoch. */
  readonly plannedAt: number;
  readonly startedAt: number | null;
  /** `missed`: the platform was down. `skipped`: the run before ran on. */
  readonly outcome: 'started' | 'missed' | 'skipped';
  /** E.g. `scheduler.1`; null when none was started. */
  readonly process: string | null;
  readonly endedAt: number | null;
  /** How its process ended, in words; null while that is not known. */
  readonly exit: string | null;
}
