/**
 * When a command runs by itself. Each run is a one-off of the current release.
 *
 * A schedule is told by the clock on the wall of its time zone, and twice a year that clock jumps:
 *
 * | hour field             | clock goes forward                     | clock goes back                     |
 * |------------------------|----------------------------------------|-------------------------------------|
 * | names hours, `30 2`    | runs once, at the moment of the jump   | runs the first time the hour passes |
 * | begins with `*`, `0 *` | runs go on with the hours there are    | runs in both passes of the hour     |
 *
 * So a daily run happens once on every day that fits, and an hourly run every hour. Runs that would fall into the same
 * jump are one run.
 */
import { fields, list, mismatch, optional, type Place, refuse, type Shape, text } from '../../base/shape.ts';
import { command } from '../05-build-release-run/command.ts';
import { isProcessType } from '../05-build-release-run/process-type.ts';
import { type Cron, cron, firstFit } from './cron.ts';
import { scheduleNameLimit } from './scheduled-process.ts';

export interface Schedule {
  /** Unique in its app; what its log lines are known by. */
  readonly name: string;
  readonly command: string;
  readonly cron: Cron;
  /** An IANA name, e.g. `Europe/Berlin`. */
  readonly timeZone: string;
}

type Timing = Pick<Schedule, 'cron' | 'timeZone'>;

/** A list of `{ "name", "command", "cron", "timezone" }`, the last `UTC` by default. */
export const schedules: Shape<readonly Schedule[]> = (value, place) => {
  const parsed = entries(value, place).map(({ timezone, ...entry }) => ({ ...entry, timeZone: timezone }));
  const repeated = parsed.find(({ name }, index) => parsed.findIndex((other) => other.name === name) < index);
  if (repeated !== undefined)
    throw refuse(place, `two entries have the name ${JSON.stringify(repeated.name)}`);
  return parsed;
};

/** Its processes are called after it. */
export const scheduleName: Shape<string> = text(
  `a name: 1 to ${scheduleNameLimit} of letters, digits, "_" and "-"`,
  (name) => isProcessType(name) && name.length <= scheduleNameLimit,
);

/** When the schedule runs next, later than `afterMs`; both in milliseconds since the epoch. */
export function nextRun(schedule: Timing, afterMs: number): number {
  return schedule.cron.everyHour ? nextOfInterval(schedule, afterMs) : nextOfClock(schedule, afterMs);
}

const entries = list(
  fields({ name: scheduleName, command, cron, timezone: optional(timeZone, 'UTC') }, { others: 'refused' }),
);

export function timeZone(value: unknown, place: Place): string {
  const canonical = typeof value === 'string' ? canonicalTimeZone(value) : null;
  if (canonical !== null) return canonical;
  throw mismatch(place, { expected: 'a time zone such as "Europe/Berlin"', got: value });
}

function canonicalTimeZone(name: string): string | null {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return null;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const minuteMs = 60_000;

/** Between two jumps wall time and time pass alike, so the next fit is found by subtraction. */
function nextOfInterval({ cron: expression, timeZone }: Timing, afterMs: number): number {
  let at = zoned(Math.floor(afterMs) + 1, timeZone);
  for (;;) {
    const wall = wallMs(at);
    const fit = at.epochMilliseconds + (firstFit(expression, wall) - wall);
    const jump = at.getTimeZoneTransition('next');
    if (jump === null || fit < jump.epochMilliseconds) return fit;
    at = jump;
  }
}

function nextOfClock({ cron: expression, timeZone }: Timing, afterMs: number): number {
  let wall = wallMs(zoned(Math.floor(afterMs), timeZone));
  for (;;) {
    wall = firstFit(expression, wall);
    const at = firstReached(wall, timeZone);
    if (at > afterMs) return at;
    wall += minuteMs;
  }
}

/** The first moment at which the clock shows `wall` or more. */
function firstReached(wall: number, timeZone: string): number {
  const shown = zoned(wall, 'UTC').toPlainDateTime();
  const at = shown.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  if (at.toPlainDateTime().equals(shown)) return at.epochMilliseconds;
  const jump = at.getTimeZoneTransition('next');
  return jump === null ? at.epochMilliseconds : jump.epochMilliseconds;
}

function zoned(epochMs: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(timeZone);
}

function wallMs(at: Temporal.ZonedDateTime): number {
  return at.epochMilliseconds + at.offsetNanoseconds / 1e6;
}
