/**
 * Where an app's log lines go beside the kept log.
 *
 * A drain is fed in order and never holds the platform up: `write` takes lines and returns at once; what a slow
 * destination cannot take is dropped oldest first beyond `limitBytes`, and the next delivery begins with a line that says
 * how many were dropped. `close` delivers what is held, up to its deadline, and says how many lines it gave up.
 */
import type { LogLine } from '../factors/11-logs/log-line.ts';

export interface Drain {
  write(lines: readonly LogLine[]): void;
  /** Resolves with the number of lines that were accepted and not delivered. */
  close(signal: AbortSignal): Promise<number>;
}

export interface DrainOptions {
  /** Bytes of text held for a slow destination. */
  readonly limitBytes: number;
}
