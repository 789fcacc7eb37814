/**
 * The lines of a kept log that were asked for.
 *
 * ```
 * segments        1        2        3        4
 *                                   ◄────────   backwards, until `num` lines match: that is where the answer begins
 *                                   ────────►─► forwards from there, and on with what comes
 * ```
 *
 * Lines are given by one reader that goes forward only: between what was there and what comes nothing is missing and nothing
 * comes twice, whatever is appended or dropped meanwhile.
 */
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { linesOf } from '../../factors/11-logs/log-batch.ts';
import type { LogLine } from '../../factors/11-logs/log-line.ts';
import { type KeptLine, type LogQuery, matchesStamp, textMatcher } from '../../factors/11-logs/log-query.ts';
import { cursorBehind, type LogPlace, logStart, placeOf } from './log-cursor.ts';
import { type KeptRecord, numbersIn, readRecords, readSegment } from './log-reader.ts';

export interface AnswerOptions {
  /** Behind a line of an earlier answer: all that follows it and matches, `num` or not. */
  readonly cursor?: string;
  /** Goes on with what comes, until the signal aborts or the log is removed. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** @throws LOG_PATTERN_INVALID, LOG_CURSOR_UNKNOWN */
export async function* answerQuery(
  folder: string,
  ownerId: string,
  query: LogQuery,
  { cursor, follow, signal }: AnswerOptions,
): AsyncGenerator<KeptLine> {
  const matching = matcherOf(query, signal);
  const logs = path.join(folder, ownerId);
  const place =
    cursor === undefined
      ? await lastMatches(logs, { num: query.num, matching })
      : await placeOf(cursor, { logs, numbers: numbersIn(logs) ?? [] });
  let wanted =
    follow || cursor !== undefined ? Number.POSITIVE_INFINITY : (query.num ?? Number.POSITIVE_INFINITY);
  if (wanted === 0) return;
  for await (const record of readRecords(folder, ownerId, { from: place, follow, signal })) {
    const found = await matching(record);
    for (const [index, line] of found.filter(([index]) => isBehind(place, record, index))) {
      if (signal.aborted) return;
      yield { ...line, cursor: cursorBehind(record, index + 1) };
      wanted -= 1;
      if (wanted === 0) return;
    }
  }
}

/** @throws LOG_CURSOR_UNKNOWN */
export async function checkCursor(folder: string, ownerId: string, cursor: string): Promise<void> {
  const logs = path.join(folder, ownerId);
  await placeOf(cursor, { logs, numbers: numbersIn(logs) ?? [] });
}

function isBehind(place: LogPlace, { segment, offset }: KeptRecord, index: number): boolean {
  return segment !== place.segment || offset !== place.offset || index >= place.lines;
}

/** The matching lines of a record, with their place in it. */
type Matching = (record: KeptRecord) => Promise<readonly (readonly [number, LogLine])[]>;

/** How long lines may be compared before others have a turn: who searches must not hold up the rest of the process. */
const sliceMs = 10;

function matcherOf(query: LogQuery, signal: AbortSignal): Matching {
  const matchesText = textMatcher(query.grep);
  let sliceEnd = performance.now() + sliceMs;
  return async ({ batch }) => {
    const found: [number, LogLine][] = [];
    const lines = matchesStamp(query, batch) ? linesOf(batch) : [];
    for (const [index, line] of lines.entries()) {
      if (signal.aborted) return [];
      if (matchesText(line.text)) found.push([index, line]);
      if (performance.now() < sliceEnd) continue;
      await turn();
      sliceEnd = performance.now() + sliceMs;
    }
    return found;
  };
}

/** The place before the last `num` lines that match. */
async function lastMatches(
  logs: string,
  { num, matching }: { readonly num: number | null; readonly matching: Matching },
): Promise<LogPlace> {
  if (num === null) return logStart;
  let wanted = num;
  for (const segment of (numbersIn(logs) ?? []).reverse()) {
    const records = await Array.fromAsync(readSegment(logs, { segment, offset: 0 }));
    for (const record of records.reverse()) {
      if (wanted === 0) return { segment, offset: record.offset, lines: record.batch.lines };
      const found = await matching(record);
      const first = found[found.length - wanted];
      if (first !== undefined) return { segment, offset: record.offset, lines: first[0] };
      wanted -= found.length;
    }
  }
  return logStart;
}
