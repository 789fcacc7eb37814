import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstFit, parseCron } from './cron.ts';

function refused(text: string): string {
  try {
    parseCron(text);
  } catch (error) {
    const { code, message, hint } = error as { code: string; message: string; hint: string };
    assert.equal(code, 'CRON_INVALID');
    assert.equal(
      hint,
      'Write minute, hour, day of month, month and day of week, for example "30 3 * * MON-FRI"',
    );
    return message;
  }
  return assert.fail(`accepted ${JSON.stringify(text)}`);
}

function fits(text: string, from: string, count: number): string[] {
  const expression = parseCron(text);
  const found: string[] = [];
  let wall = Date.parse(`${from}Z`);
  while (found.length < count) {
    wall = firstFit(expression, wall);
    found.push(new Date(wall).toISOString().slice(0, 16));
    wall += 60_000;
  }
  return found;
}

test('fields take lists, ranges, steps and names', () => {
  const expression = parseCron(' 5,1-3,10-20/5\t*/12 1-31/15 jan,Mar-MAY sun,5-7 ');
  assert.deepEqual(expression.minutes, [1, 2, 3, 5, 10, 15, 20]);
  assert.deepEqual(expression.hours, [0, 12]);
  assert.deepEqual([...expression.daysOfMonth], [1, 16, 31]);
  assert.deepEqual([...expression.months], [1, 3, 4, 5]);
  assert.deepEqual([...expression.daysOfWeek].sort(), [0, 5, 6]);
});

test('a nickname stands for its five fields', () => {
  assert.deepEqual(fits('@hourly', '2026-01-01T00:30', 2), ['2026-01-01T01:00', '2026-01-01T02:00']);
  assert.deepEqual(fits('@daily', '2026-01-01T00:30', 1), ['2026-01-02T00:00']);
  assert.deepEqual(fits('@weekly', '2026-01-01T00:30', 1), ['2026-01-04T00:00']);
  assert.deepEqual(fits(' @Monthly ', '2026-01-01T00:30', 1), ['2026-02-01T00:00']);
  assert.deepEqual(fits('@annually', '2026-01-01T00:30', 1), ['2027-01-01T00:00']);
});

test('two restricted day fields mean either, one with "*" means both', () => {
  assert.deepEqual(fits('0 0 13 * FRI', '2026-02-07T00:00', 3), [
    '2026-02-13T00:00',
    '2026-02-20T00:00',
    '2026-02-27T00:00',
  ]);
  assert.deepEqual(fits('0 0 */2 * MON', '2026-02-01T00:00', 2), ['2026-02-09T00:00', '2026-02-23T00:00']);
});

test('a leap day is found years ahead', () => {
  assert.deepEqual(fits('0 0 29 2 *', '2096-03-01T00:00', 1), ['2104-02-29T00:00']);
});

const complaints: readonly (readonly [string, string])[] = [
  ['', 'expected five fields such as "0 3 * * *", or @hourly, @daily, @weekly, @monthly, @yearly, got ""'],
  [
    '* * * *',
    'expected five fields such as "0 3 * * *", or @hourly, @daily, @weekly, @monthly, @yearly, got "* * * *"',
  ],
  [
    '@reboot',
    'expected five fields such as "0 3 * * *", or @hourly, @daily, @weekly, @monthly, @yearly, got "@reboot"',
  ],
  ['60 * * * *', 'expected a minute from 0 to 59, got "60"'],
  ['* 24 * * *', 'expected an hour from 0 to 23, got "24"'],
  ['* * 0 * *', 'expected a day of month from 1 to 31, got "0"'],
  ['* * * FOO *', 'expected a month from 1 to 12, got "FOO"'],
  ['* * * * 8', 'expected a day of week from 0 to 7, got "8"'],
  ['* * * * FRI-MON', 'expected a day of week range that runs forwards, got "FRI-MON"'],
  ['5/15 * * * *', 'expected a range before "/15", such as "5-59/15", got "5/15"'],
  ['*/0 * * * *', 'expected a minute step from 1 to 59, got "0"'],
  ['*/90 * * * *', 'expected a minute step from 1 to 59, got "90"'],
  ['1,, * * * *', 'expected a minute, a range or "*", got ""'],
  ['* * ? * *', 'expected a day of month, a range or "*", got "?"'],
  ['0 0 31 2,4 *', 'no month it names has a day 31, got "0 0 31 2,4 *"'],
];

for (const [text, complaint] of complaints) {
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.equal(refused(text), `Cannot read a cron expression: ${complaint}`);
  });
}

test('an overlong expression is refused before it is read', () => {
  const long = `${'1,'.repeat(100)}1 * * * *`;
  assert.match(refused(long), /^Cannot read a cron expression: expected a cron expression such as /);
});

test('a term means the numbers it names', () => {
  const term = fc.record({ first: fc.nat(59), length: fc.nat(59), step: fc.integer({ min: 1, max: 59 }) });
  fc.assert(
    fc.property(fc.array(term, { minLength: 1, maxLength: 8 }), (terms) => {
      const bounded = terms.map((t) => ({ ...t, last: Math.min(59, t.first + t.length) }));
      const text = bounded.map((t) => `${t.first}-${t.last}/${t.step}`).join(',');
      const meant = Array.from({ length: 60 }, (_, n) => n).filter((n) =>
        bounded.some((t) => n >= t.first && n <= t.last && (n - t.first) % t.step === 0),
      );
      assert.deepEqual(parseCron(`${text} * * * *`).minutes, meant);
    }),
  );
});

test('any text is read or refused as a cron expression, and what is read fits some day', () => {
  const field = fc.oneof(
    fc.constantFrom('*', '*/2', '1', '7', 'MON', '29-31', '2', 'a', '1-'),
    fc.string({ maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(field, { minLength: 4, maxLength: 6 }), (words) => {
      try {
        assert.ok(firstFit(parseCron(words.join(' ')), 0) >= 0);
      } catch (error) {
        assert.equal((error as { code: string }).code, 'CRON_INVALID');
      }
    }),
    { numRuns: 1000 },
  );
});
