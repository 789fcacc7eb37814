import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Cron, parseCron } from './cron.ts';
import { nextRun } from './schedule.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function runs(cron: string, timeZone: string, from: string, count: number): string[] {
  const schedule = { cron: parseCron(cron), timeZone };
  const found: string[] = [];
  let at = Date.parse(from);
  while (found.length < count) {
    at = nextRun(schedule, at);
    found.push(new Date(at).toISOString().replace(':00.000', ''));
  }
  return found;
}

test('the next run is later than the moment asked about, to the millisecond', () => {
  assert.deepEqual(runs('0 3 * * *', 'UTC', '2026-05-01T03:00:00.000Z', 1), ['2026-05-02T03:00Z']);
  assert.deepEqual(runs('0 3 * * *', 'UTC', '2026-05-01T02:59:59.999Z', 1), ['2026-05-01T03:00Z']);
  assert.deepEqual(runs('* * * * *', 'UTC', '2026-05-01T02:59:59.999Z', 2), [
    '2026-05-01T03:00Z',
    '2026-05-01T03:01Z',
  ]);
});

test('hours are those of the time zone', () => {
  assert.deepEqual(runs('30 3 * * *', 'Asia/Kolkata', '2026-05-01T00:00Z', 1), ['2026-05-01T22:00Z']);
});

test('a daily run in an hour that is left out happens at the jump', () => {
  assert.deepEqual(runs('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', 3), [
    '2026-03-28T01:30Z',
    '2026-03-29T01:00Z',
    '2026-03-30T00:30Z',
  ]);
});

test('several runs in the hour that is left out are one', () => {
  assert.deepEqual(runs('0,30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 2), [
    '2026-03-29T01:00Z',
    '2026-03-30T00:00Z',
  ]);
});

test('a daily run in an hour that comes twice happens the first time', () => {
  assert.deepEqual(runs('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2), [
    '2026-10-25T00:30Z',
    '2026-10-26T01:30Z',
  ]);
});

test('an hourly run goes through both jumps at the pace of time', () => {
  assert.deepEqual(runs('0 * * * *', 'Europe/Berlin', '2026-03-29T00:00Z', 2), [
    '2026-03-29T01:00Z',
    '2026-03-29T02:00Z',
  ]);
  assert.deepEqual(runs('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30Z', 3), [
    '2026-10-25T00:00Z',
    '2026-10-25T01:00Z',
    '2026-10-25T02:00Z',
  ]);
});

test('midnight that is left out and a day that is left out still have their run', () => {
  assert.deepEqual(runs('0 0 * * *', 'Asia/Beirut', '2026-03-28T12:00Z', 1), ['2026-03-28T22:00Z']);
  assert.deepEqual(runs('0 12 30 12 *', 'Pacific/Apia', '2011-12-01T00:00Z', 1), ['2011-12-30T10:00Z']);
});

/** Jumps of an hour, half an hour and a day, at night and at midnight, and a zone without any. */
const nights = [
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['Asia/Beirut', '2026-03-28T22:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['Asia/Kathmandu', '2026-07-01T00:00Z'],
] as const;

const few = (max: number) =>
  fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 3 }).map((list) => list.join(','));
const expression = fc
  .tuple(
    fc.oneof(few(59), fc.constantFrom('*', '*/20')),
    fc.oneof(few(3), few(23), fc.constantFrom('*', '*/5', '1-3')),
    fc.constantFrom('*', '*', '1-31/2', '30'),
    fc.constantFrom('*', '*', 'SUN', 'MON-FRI'),
  )
  .map(([minute, hour, day, weekday]) => parseCron(`${minute} ${hour} ${day} * ${weekday}`));
const moment = fc
  .tuple(fc.constantFrom(...nights), fc.integer({ min: -30 * hourMs, max: 4 * hourMs }))
  .map(([[timeZone, at], offsetMs]) => ({ timeZone, afterMs: Date.parse(at) + offsetMs }));

/** Two days, minute by minute, with a clock on the wall that is read every quarter of an hour. */
function* watch(timeZone: string, fromMs: number): Generator<{ readonly at: number; readonly wall: number }> {
  const clock = new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const start = Math.floor(fromMs / (15 * minuteMs)) * 15 * minuteMs;
  for (let quarter = start; quarter < fromMs + 78 * hourMs; quarter += 15 * minuteMs) {
    const wall = Date.parse(`${clock.format(quarter).replace(' ', 'T')}Z`);
    for (let minute = 0; minute < 15; minute += 1) {
      yield { at: quarter + minute * minuteMs, wall: wall + minute * minuteMs };
    }
  }
}

function shows(cron: Cron, wall: number): boolean {
  const date = new Date(wall);
  const inMonth = cron.daysOfMonth.has(date.getUTCDate());
  const inWeek = cron.daysOfWeek.has(date.getUTCDay());
  const day = cron.days === 'both' ? inMonth && inWeek : inMonth || inWeek;
  return day && cron.hours.includes(date.getUTCHours()) && cron.minutes.includes(date.getUTCMinutes());
}

/** A clock job runs when the clock reaches, for the first time, or passes a time that fits. */
function* watchedRuns(cron: Cron, timeZone: string, fromMs: number): Generator<number> {
  let reached = Number.NaN;
  for (const { at, wall } of watch(timeZone, fromMs)) {
    if (cron.everyHour) {
      if (shows(cron, wall)) yield at;
      continue;
    }
    let due = false;
    for (let w = Number.isNaN(reached) ? wall : reached + minuteMs; w <= wall; w += minuteMs) {
      due ||= shows(cron, w);
      reached = w;
    }
    if (due) yield at;
  }
}

test('the next run is the one that somebody watching the clock would start', () => {
  fc.assert(
    fc.property(expression, moment, (cron, { timeZone, afterMs }) => {
      const fromMs = afterMs - 30 * hourMs;
      let expected = Number.POSITIVE_INFINITY;
      for (const at of watchedRuns(cron, timeZone, fromMs)) {
        if (at <= afterMs) continue;
        expected = at;
        break;
      }
      const found = nextRun({ cron, timeZone }, afterMs);
      if (expected === Number.POSITIVE_INFINITY) assert.ok(found > afterMs + 47 * hourMs);
      else assert.equal(new Date(found).toISOString(), new Date(expected).toISOString());
    }),
    { numRuns: 300 },
  );
});
