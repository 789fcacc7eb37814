/**
 * Which run of a schedule is due. Every moment that a schedule names is decided on once, in order: it runs, or it is missed.
 *
 * ```
 * ──── decided ────┤ decidedMs          moments in between           nowMs ├───►
 *                              missed  ·  missed  ·  at most one runs
 * ```
 * - On time is what is due for no longer than `onTimeMs`. Of several moments that are, the latest runs and the others are missed.
 * - What is late is missed and not made up: the platform was away, or its clock was put forward.
 * - A run that comes once a day or more rarely is made up while it is late by less than an hour.
 * - A run that waited for the one before, by its schedule's own wish, is never late. Several that waited are one.
 * - A clock that is put back comes by moments that were decided on: nothing happens until it has passed them. When it is put
 *   back by more than a day it was wrong before, and everything begins anew from now.
 */
import type { Cron } from './cron.ts';
import { nextRun, type Schedule } from './schedule.ts';

export interface Standing {
  /** Every moment up to this one is decided on. */
  readonly decidedMs: number;
  readonly nowMs: number;
  /** Whether what is due has waited for the run before. */
  readonly waited: boolean;
}

export interface Decision {
  /** From now on. */
  readonly decidedMs: number;
  /** The moment to run for; null: none. */
  readonly runFor: number | null;
  readonly missed: Missed | null;
}

export interface Missed {
  /** At most `mostMissed`, which stands for more too. */
  readonly count: number;
  /** The last that was counted. */
  readonly lastMs: number;
}

export const mostMissed = 1000;

const hourMs = 60 * 60_000;
const onTimeMs = 90_000;
const wrongBeforeMs = 24 * hourMs;

type Timing = Pick<Schedule, 'cron' | 'timeZone'>;

export function decide(timing: Timing, { decidedMs, nowMs, waited }: Standing): Decision {
  if (decidedMs - nowMs > wrongBeforeMs) return { decidedMs: nowMs, runFor: null, missed: null };
  if (decidedMs >= nowMs) return { decidedMs, runFor: null, missed: null };
  const excusedMs = waited ? decidedMs : nowMs - (isDailyOrRarer(timing.cron) ? hourMs : onTimeMs);
  const excused = moments(timing, { afterMs: Math.max(decidedMs, excusedMs), untilMs: nowMs });
  const runFor = excused.at(-1) ?? null;
  const others = moments(timing, { afterMs: decidedMs, untilMs: nowMs }).filter((at) => at !== runFor);
  return { decidedMs: nowMs, runFor, missed: missedOf(others) };
}

/** In words, as a run's record has it. */
export function describeMissed({ count }: Missed): string {
  if (count === 1) return 'one run was missed';
  return `${count}${count === mostMissed ? ' or more' : ''} runs were missed`;
}

function isDailyOrRarer({ hours, minutes }: Cron): boolean {
  return hours.length === 1 && minutes.length === 1;
}

function missedOf(others: readonly number[]): Missed | null {
  const lastMs = others.at(-1);
  return lastMs === undefined ? null : { count: others.length, lastMs };
}

function moments(
  timing: Timing,
  { afterMs, untilMs }: { readonly afterMs: number; readonly untilMs: number },
): number[] {
  const found: number[] = [];
  for (let at = nextRun(timing, afterMs); at <= untilMs; at = nextRun(timing, at)) {
    found.push(at);
    if (found.length === mostMissed) break;
  }
  return found;
}
