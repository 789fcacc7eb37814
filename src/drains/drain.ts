/**
 * Where an app's log lines go beside the kept log.
 *
 * A drain is fed in order and never holds the platform up: `write` takes lines and returns at once; what a slow
 * destination cannot take is dropped oldest first beyond `limitBytes`, and the next delivery begins with a line that says
 * how many were dropped. `close` delivers what is held, up to its deadline, and says how many lines it gave up.
 *
 * A line is delivered when its destination answers for it, as far as its protocol has answers. A delivery that broke off
 * is made again, so a destination may see lines twice.
 */
import type { LogLine } from '../factors/11-logs/log-line.ts';

export interface Drain {
  /** Lines that are written after `close` are not taken. */
  write(lines: readonly LogLine[]): void;
  /**
   * Resolves with the number of lines that were accepted and neither delivered nor told to the destination as dropped.
   * May be called again, with another deadline: the earliest counts.
   */
  close(signal: AbortSignal): Promise<number>;
}

export interface DrainOptions {
  /** Bytes held for a slow destination: the text of its lines and what keeping and sending each of them takes. */
  readonly limitBytes: number;
}
