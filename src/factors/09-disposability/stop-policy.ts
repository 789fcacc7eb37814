/**
 * How a process is asked to end: `signal` to `target`, then SIGKILL after `graceMs`.
 * `group` is every process of its session, `main` the one that was started (what PostgreSQL wants).
 */
export interface StopPolicy {
  readonly signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT';
  readonly target: 'group' | 'main';
  readonly graceMs: number;
}

/** As the twelve factors and Heroku have it: SIGTERM, then up to 30 s. */
export const defaultStopPolicy: StopPolicy = { signal: 'SIGTERM', target: 'group', graceMs: 30_000 };
