import { choice, fields, optional, type Shape, secondsAsMs } from '../../base/shape.ts';

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

/** `{ "signal", "grace" }` as an app declares it, `grace` in seconds. */
export const stopPolicy: Shape<StopPolicy> = (value, place) => {
  const { signal, grace } = declared(value, place);
  return { signal, target: defaultStopPolicy.target, graceMs: grace };
};

const declared = fields(
  {
    signal: optional(choice(['SIGTERM', 'SIGINT', 'SIGQUIT']), defaultStopPolicy.signal),
    grace: optional(secondsAsMs({ min: 0, max: 3600 }), defaultStopPolicy.graceMs),
  },
  { others: 'refused' },
);
