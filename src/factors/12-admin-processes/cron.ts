/**
 * A cron expression: which minutes of the calendar, by a clock on the wall.
 *
 * ```
 * minute 0-59   hour 0-23   day of month 1-31   month 1-12 or JAN-DEC   day of week 0-7 or SUN-SAT, 0 and 7 are Sunday
 * field = term { "," term }      term = "*" | n | n "-" n, the first and the last with an optional "/" step
 * @hourly @daily @midnight @weekly @monthly @yearly @annually
 * ```
 *
 * Where both day fields are restricted, that is neither begins with `*`, a day that fits one of them fits. What cron
 * programs read differently (`5/15`, `?`, `L`, ranges that run backwards, steps beyond the field, `@reboot`) is
 * refused, and so is an expression that fits no day at all.
 */
import { trimBlanks } from '../../base/blank.ts';
import { userError } from '../../base/error.ts';
import { documentPlace, mismatch, type Place, refuse, type Shape } from '../../base/shape.ts';

export interface Cron {
  /** As it was written. */
  readonly text: string;
  /** Sorted. */
  readonly minutes: readonly number[];
  /** Sorted. */
  readonly hours: readonly number[];
  readonly daysOfMonth: ReadonlySet<number>;
  /** 1 to 12. */
  readonly months: ReadonlySet<number>;
  /** 0, Sunday, to 6. */
  readonly daysOfWeek: ReadonlySet<number>;
  /** Whether a day must fit both day fields or one of them. */
  readonly days: 'both' | 'either';
  /** The hour field begins with `*`: it means an interval, not a time of day. */
  readonly everyHour: boolean;
}

export const cron: Shape<Cron> = (value, place) => {
  if (typeof value !== 'string' || value.length > 200) {
    throw mismatch(place, 'a cron expression such as "0 3 * * *"', value);
  }
  const words = trimBlanks(value).split(/[ \t]+/);
  const texts = nicknames.get(trimBlanks(value).toLowerCase()) ?? words;
  const [minute, hour, dayOfMonth, month, dayOfWeek] = texts;
  if (texts.length !== 5 || !minute || !hour || !dayOfMonth || !month || !dayOfWeek) {
    throw mismatch(
      place,
      'five fields such as "0 3 * * *", or @hourly, @daily, @weekly, @monthly, @yearly',
      value,
    );
  }
  return checkPossible(
    {
      text: value,
      minutes: parseField(minute, fieldKinds.minute, place),
      hours: parseField(hour, fieldKinds.hour, place),
      daysOfMonth: new Set(parseField(dayOfMonth, fieldKinds.dayOfMonth, place)),
      months: new Set(parseField(month, fieldKinds.month, place)),
      daysOfWeek: new Set(parseField(dayOfWeek, fieldKinds.dayOfWeek, place).map((day) => day % 7)),
      days: dayOfMonth.startsWith('*') || dayOfWeek.startsWith('*') ? 'both' : 'either',
      everyHour: hour.startsWith('*'),
    },
    place,
  );
};

/** @throws CRON_INVALID */
export function parseCron(text: string): Cron {
  const place = documentPlace((complaint) =>
    userError('CRON_INVALID', `Cannot read a cron expression: ${complaint}`, {
      hint: 'Write minute, hour, day of month, month and day of week, for example "30 3 * * MON-FRI"',
    }),
  );
  return cron(text, place);
}

/**
 * The first minute at `wallMs` or later that fits. A wall time is told in milliseconds as if the clock on the wall
 * showed UTC.
 */
export function firstFit(expression: Cron, wallMs: number): number {
  const today = Math.floor(wallMs / dayMs) * dayMs;
  const minuteOfDay = Math.ceil((wallMs - today) / minuteMs);
  const time = fitsDay(expression, today) ? timeOfDay(expression, minuteOfDay) : null;
  if (time !== null) return today + time * minuteMs;
  let day = nextDay(expression, today);
  while (!fitsDay(expression, day)) day = nextDay(expression, day);
  return day + (timeOfDay(expression, 0) ?? 0) * minuteMs;
}

interface FieldKind {
  /** With its article, as a complaint begins. */
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the numbers from `min` on. */
  readonly names: readonly string[];
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const fieldKinds = {
  minute: { name: 'a minute', min: 0, max: 59, names: [] },
  hour: { name: 'an hour', min: 0, max: 23, names: [] },
  dayOfMonth: { name: 'a day of month', min: 1, max: 31, names: [] },
  month: { name: 'a month', min: 1, max: 12, names: monthNames },
  dayOfWeek: { name: 'a day of week', min: 0, max: 7, names: dayNames },
} as const satisfies Record<string, FieldKind>;

const nicknames: ReadonlyMap<string, readonly string[]> = new Map([
  ['@hourly', ['0', '*', '*', '*', '*']],
  ['@daily', ['0', '0', '*', '*', '*']],
  ['@midnight', ['0', '0', '*', '*', '*']],
  ['@weekly', ['0', '0', '*', '*', '0']],
  ['@monthly', ['0', '0', '1', '*', '*']],
  ['@yearly', ['0', '0', '1', '1', '*']],
  ['@annually', ['0', '0', '1', '1', '*']],
]);

function parseField(text: string, kind: FieldKind, place: Place): number[] {
  const numbers = new Set(text.split(',').flatMap((term) => parseTerm(term, kind, place)));
  return [...numbers].sort((a, b) => a - b);
}

function parseTerm(term: string, kind: FieldKind, place: Place): number[] {
  const match = /^(?:(\*)|([0-9A-Z]+)(?:-([0-9A-Z]+))?)(?:\/([0-9]+))?$/i.exec(term);
  if (match === null) throw mismatch(place, `${kind.name}, a range or "*"`, term);
  const [, star, from, to, every] = match;
  if (every !== undefined && star === undefined && to === undefined) {
    throw mismatch(place, `a range before "/${every}", such as "${from}-${kind.max}/${every}"`, term);
  }
  const first = star === undefined ? parseNumber(from, kind, place) : kind.min;
  const last = star === undefined ? parseNumber(to ?? from, kind, place) : kind.max;
  if (first > last) throw mismatch(place, `${kind.name} range that runs forwards`, term);
  return stepped({ first, last, step: parseStep(every, kind, place) });
}

function parseNumber(text: string | undefined, kind: FieldKind, place: Place): number {
  const named = kind.names.indexOf(text?.toUpperCase() ?? '');
  if (named !== -1) return named + kind.min;
  const number = /^[0-9]{1,2}$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (number >= kind.min && number <= kind.max) return number;
  throw mismatch(place, `${kind.name} from ${kind.min} to ${kind.max}`, text);
}

function parseStep(text: string | undefined, kind: FieldKind, place: Place): number {
  const step = Number(text ?? 1);
  if (step >= 1 && step <= kind.max) return step;
  throw mismatch(place, `${kind.name} step from 1 to ${kind.max}`, text);
}

function stepped(range: { readonly first: number; readonly last: number; readonly step: number }): number[] {
  const numbers: number[] = [];
  for (let number = range.first; number <= range.last; number += range.step) numbers.push(number);
  return numbers;
}

/** February counts with its leap day. Any date falls on any day of the week in some year. */
const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function checkPossible(expression: Cron, place: Place): Cron {
  const earliest = Math.min(...expression.daysOfMonth);
  const fits = [...expression.months].some((month) => earliest <= (longestMonths[month - 1] ?? 0));
  if (fits || expression.days === 'either') return expression;
  throw refuse(place, `no month it names has a day ${earliest}, got ${JSON.stringify(expression.text)}`);
}

function fitsDay(expression: Cron, dayStart: number): boolean {
  const date = new Date(dayStart);
  if (!expression.months.has(date.getUTCMonth() + 1)) return false;
  const inMonth = expression.daysOfMonth.has(date.getUTCDate());
  const inWeek = expression.daysOfWeek.has(date.getUTCDay());
  return expression.days === 'both' ? inMonth && inWeek : inMonth || inWeek;
}

/** The day after, or the first of the next month where this one does not fit at all. */
function nextDay(expression: Cron, dayStart: number): number {
  const date = new Date(dayStart);
  if (expression.months.has(date.getUTCMonth() + 1)) return dayStart + dayMs;
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

function timeOfDay({ hours, minutes }: Cron, fromMinute: number): number | null {
  for (const hour of hours) {
    const minute = minutes.find((candidate) => hour * 60 + candidate >= fromMinute);
    if (minute !== undefined) return hour * 60 + minute;
  }
  return null;
}
