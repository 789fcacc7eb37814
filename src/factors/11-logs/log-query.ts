/**
 * What a person asks of a log.
 *
 * `grep` is a text that a line holds, case counting; `/text/` and `/text/i` are regular expressions in RE2's syntax, which
 * has no back-references and no look-around, and so takes time in proportion to a line's length whatever is asked.
 */
import { RE2JS, RE2JSException } from 're2js';
import { type DozenError, userError } from '../../base/error.ts';
import type { LogLine } from './log-line.ts';

/** Null in any member: it does not matter. */
export interface LogQuery {
  readonly source: LogLine['source'] | null;
  /** A process type such as `web`, or a name such as `web.1`, `router` or `api`. */
  readonly process: string | null;
  /** Milliseconds since the epoch, this one included. */
  readonly since: number | null;
  /** The same. */
  readonly until: number | null;
  readonly grep: string | null;
  /** So many lines, the last that match. */
  readonly num: number | null;
}

/** A line of the kept log, and the place behind it: who comes again with the cursor goes on there. */
export interface KeptLine extends LogLine {
  /** A text to hand back as it is. */
  readonly cursor: string;
}

export const wholeLog: LogQuery = {
  source: null,
  process: null,
  since: null,
  until: null,
  grep: null,
  num: null,
};

/** Whether the line is one that was asked for; `num` is for who has all of them. @throws LOG_PATTERN_INVALID */
export function matches(query: LogQuery, line: LogLine): boolean {
  return matchesStamp(query, line) && textMatcher(query.grep)(line.text);
}

/** The part of it that lines which were read together share. */
export function matchesStamp(
  query: LogQuery,
  { at, source, process }: Pick<LogLine, 'at' | 'source' | 'process'>,
): boolean {
  if (query.source !== null && query.source !== source) return false;
  if (query.since !== null && at < query.since) return false;
  if (query.until !== null && at > query.until) return false;
  return query.process === null || isOf(query.process, process);
}

function isOf(asked: string, process: string): boolean {
  if (asked === process) return true;
  return process.startsWith(`${asked}.`) && /^\d+$/.test(process.slice(asked.length + 1));
}

/** @throws LOG_PATTERN_INVALID */
export function textMatcher(grep: string | null): (text: string) => boolean {
  if (grep === null) return () => true;
  const [, pattern, flags = ''] = /^\/(.+)\/([gimsu]*)$/s.exec(grep) ?? [];
  if (pattern === undefined) return (text) => text.includes(grep);
  const compiled = compile(pattern, flags);
  return (text) => compiled.test(text);
}

/** Characters. */
const patternLimit = 500;
/** Steps of the compiled pattern: with the longest line, a match takes under a second of a slow machine. */
const programLimit = 500;

function compile(pattern: string, flags: string): RE2JS {
  if (pattern.length > patternLimit) throw refused(pattern, `it has over ${patternLimit} characters`);
  try {
    const compiled = RE2JS.compile(pattern, flagsOf(flags));
    if (compiled.programSize() <= programLimit) return compiled;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw refused(pattern, error.message.replace(/^error parsing regexp: /, ''));
  }
  throw refused(pattern, 'it repeats too much');
}

/** `g` and `u` change nothing: a line matches or not, and text is Unicode. */
function flagsOf(flags: string): number {
  const known = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL };
  return Object.entries(known).reduce((all, [flag, value]) => (flags.includes(flag) ? all | value : all), 0);
}

function refused(pattern: string, why: string): DozenError {
  return userError(
    'LOG_PATTERN_INVALID',
    `Cannot search for ${JSON.stringify(pattern.slice(0, 80))}: ${why}`,
    {
      hint: 'Write a text that lines hold, or /pattern/ or /pattern/i in the syntax of RE2',
    },
  );
}

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60 * 1000,
  h: 60 * 60 * 1000,
  d: 24 * 60 * 60 * 1000,
};

/**
 * A moment as a person types it, in milliseconds since the epoch: `10m`, `2h` or `3d` before `now`, `14:30` for the last
 * time it was that, or ISO 8601, which without an offset is meant in `timeZone`.
 * @throws LOG_TIME_INVALID
 */
export function parseWhen(text: string, now: number, timeZone = 'UTC'): number {
  const when = ago(text, now) ?? timeOfDay(text, { now, timeZone }) ?? isoMoment(text, timeZone);
  if (when !== null) return when;
  throw userError(
    'LOG_TIME_INVALID',
    `Cannot read the time ${JSON.stringify(text.slice(0, 80))}: not a moment`,
    {
      hint: 'Write 10m, 2h or 3d, 14:30, or 2026-01-31T14:30',
    },
  );
}

function ago(text: string, now: number): number | null {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return amount === undefined ? null : now - Number(amount) * (unitMs[unit] ?? 0);
}

function timeOfDay(
  text: string,
  { now, timeZone }: { readonly now: number; readonly timeZone: string },
): number | null {
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hour === undefined) return null;
  const plainTime = Temporal.PlainTime.from({ hour: Number(hour), minute: Number(minute) });
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate();
  const moment = today.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
  if (moment <= now) return moment;
  return today.subtract({ days: 1 }).toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
}

const iso = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

function isoMoment(text: string, timeZone: string): number | null {
  const match = iso.exec(text);
  if (match === null) return null;
  try {
    if (match[1] !== undefined) return Temporal.Instant.from(text).epochMilliseconds;
    return Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).epochMilliseconds;
  } catch (error) {
    // The 30th of February.
    if (error instanceof RangeError) return null;
    throw error;
  }
}
