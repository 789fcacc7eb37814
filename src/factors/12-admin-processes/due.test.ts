import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseCron } from './cron.ts';
import { type Decision, decide, describeMissed, mostMissed } from './due.ts';
import { nextRun } from './schedule.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const at = (time: string): number => Date.parse(`2026-05-01T${time}Z`);

interface Asked {
  readonly since: number;
  readonly now: number;
  readonly waited?: boolean;
}

function decided(cron: string, { since, now, waited = false }: Asked): Decision {
  const timing = { cron: parseCron(cron), timeZone: 'UTC' };
  return decide(timing, { decidedMs: since, nowMs: now, waited });
}

function said({ runFor, missed }: Decision): string {
  const run = runFor === null ? 'none' : new Date(runFor).toISOString().slice(11, 16);
  return missed === null ? run : `${run}, ${describeMissed(missed)}`;
}

describe('a schedule', () => {
  test('runs at its moment, and not again in the same minute', () => {
    const first = decided('0 * * * *', { since: at('11:59:50'), now: at('12:00:00') });
    assert.equal(said(first), '12:00');
    assert.equal(said(decided('0 * * * *', { since: first.decidedMs, now: at('12:00:10') })), 'none');
  });

  test('that is late by no more than a moment of the machine runs', () => {
    assert.equal(said(decided('0 * * * *', { since: at('11:59:50'), now: at('12:01:20') })), '12:00');
  });

  test('that was missed is told with how often, and not made up', () => {
    const late = decided('*/10 * * * *', { since: at('09:05:00'), now: at('12:05:00') });
    assert.equal(said(late), 'none, 18 runs were missed');
    assert.equal(late.missed?.lastMs, at('12:00:00'));
    assert.equal(
      said(decided('0 * * * *', { since: at('11:30:00'), now: at('12:10:00') })),
      'none, one run was missed',
    );
  });

  test('runs for its last moment where several fell together', () => {
    assert.equal(
      said(decided('* * * * *', { since: at('11:50:00'), now: at('12:00:30') })),
      '12:00, 9 runs were missed',
    );
  });

  test('of once a day or less is made up within the hour, and no later', () => {
    for (const cron of ['0 12 * * *', '0 12 1 * *', '0 12 * * FRI']) {
      assert.equal(said(decided(cron, { since: at('11:00:00'), now: at('12:59:59') })), '12:00', cron);
      assert.equal(
        said(decided(cron, { since: at('11:00:00'), now: at('13:00:01') })),
        'none, one run was missed',
        cron,
      );
    }
    assert.match(said(decided('0 0,12 * * *', { since: at('11:00:00'), now: at('12:30:00') })), /^none, /);
  });

  test('that waited for the run before runs once, however late', () => {
    assert.equal(
      said(decided('*/10 * * * *', { since: at('09:00:00'), now: at('09:35:00'), waited: true })),
      '09:30, 2 runs were missed',
    );
  });

  test('that was missed very often is told so without being counted to the end', () => {
    const { missed } = decided('* * * * *', {
      since: at('00:00:00') - 400 * 24 * hourMs,
      now: at('12:00:30'),
    });
    assert.equal(missed?.count, mostMissed);
    assert.equal(describeMissed({ count: mostMissed, lastMs: 0 }), '1000 or more runs were missed');
  });
});

describe('a clock that jumps', () => {
  const crons = ['* * * * *', '*/7 * * * *', '0 * * * *', '15 3 * * *', '0 0 * * SUN'].map(parseCron);
  const zones = ['UTC', 'Europe/Berlin', 'Australia/Lord_Howe'] as const;
  /** How far the clock goes between two looks: a little, mostly, and now and then hours, either way. */
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 2 * minuteMs }) },
    { weight: 1, arbitrary: fc.integer({ min: -5 * hourMs, max: 5 * hourMs }) },
  );

  test('runs nothing twice, starts at most one run at a look, and loses no moment untold', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...crons),
        fc.constantFrom(...zones),
        fc.array(step, { minLength: 1, maxLength: 40 }),
        (cron, timeZone, steps) => {
          const start = Date.parse('2026-03-29T00:30:00Z');
          const ran: number[] = [];
          let [decidedMs, nowMs, highest, told] = [start, start, start, 0];
          for (const ms of steps) {
            // Not back by more than a day: that is another rule.
            nowMs = Math.max(nowMs + ms, highest - 23 * hourMs);
            highest = Math.max(highest, nowMs);
            const decision = decide({ cron, timeZone }, { decidedMs, nowMs, waited: false });
            assert.ok(decision.decidedMs >= decidedMs);
            decidedMs = decision.decidedMs;
            told += decision.missed?.count ?? 0;
            if (decision.runFor === null) continue;
            assert.ok(decision.runFor <= nowMs && decision.runFor > (ran.at(-1) ?? start));
            ran.push(decision.runFor);
          }
          let named = 0;
          for (let next = nextRun({ cron, timeZone }, start); next <= highest; named += 1)
            next = nextRun({ cron, timeZone }, next);
          assert.equal(ran.length + told, named);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('back by more than a day was wrong before: schedules go on from now', () => {
    const now = at('12:00:00');
    const wrong = now + 15 * 365 * 24 * hourMs;
    const begun = decided('* * * * *', { since: wrong, now });
    assert.deepEqual(begun, { decidedMs: now, runFor: null, missed: null });
    assert.equal(said(decided('* * * * *', { since: begun.decidedMs, now: now + minuteMs })), '12:01');
  });
});
