/**
 * The place behind a line, as a text that travels: `SEGMENT.OFFSET.LINES.CHECKSUM`.
 *
 * The checksum is the record's: a log that was removed and began anew, or lost its end in a power cut, has another record
 * there, and the cursor is refused instead of going on in the wrong place.
 */
import { type DozenError, userError } from '../../base/error.ts';
import { type KeptRecord, type RecordPlace, readSegment } from './log-reader.ts';

export interface LogPlace extends RecordPlace {
  /** So many lines of the record are behind it. */
  readonly lines: number;
}

export const logStart: LogPlace = { segment: 0, offset: 0, lines: 0 };

export function cursorBehind({ segment, offset, checksum }: KeptRecord, lines: number): string {
  return `${segment}.${offset}.${lines}.${checksum}`;
}

const form = /^(\d{1,9})\.(\d{1,12})\.(\d{1,9})\.([0-9a-f]{8})$/;

/**
 * The place in a log that has the segments `numbers`. Where lines behind it were dropped to make room it is the oldest that
 * is kept: the sequence shows the gap.
 * @throws LOG_CURSOR_UNKNOWN
 */
export async function placeOf(
  cursor: string,
  { logs, numbers }: { readonly logs: string; readonly numbers: readonly number[] },
): Promise<LogPlace> {
  const [, segment, offset, lines, checksum] = form.exec(cursor) ?? [];
  if (segment === undefined) throw unknown(cursor);
  const place = { segment: Number(segment), offset: Number(offset), lines: Number(lines) };
  const [oldest] = numbers;
  if (oldest !== undefined && place.segment < oldest) return logStart;
  for await (const record of readSegment(logs, place)) {
    if (record.checksum !== checksum || record.batch.lines < place.lines) break;
    return place;
  }
  throw unknown(cursor);
}

function unknown(cursor: string): DozenError {
  return userError(
    'LOG_CURSOR_UNKNOWN',
    `Cannot go on behind ${JSON.stringify(cursor.slice(0, 80))}: the log has no such place`,
    { hint: 'Ask without the cursor, for example for the last 10m' },
  );
}
