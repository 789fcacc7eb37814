import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LogLine } from './log-line.ts';
import { type LogQuery, matches, parseWhen, wholeLog } from './log-query.ts';

const line: LogLine = {
  at: 1000,
  sequence: 1,
  source: 'app',
  process: 'web.1',
  instance: 'a',
  text: 'GET /users/7 500 Oh no',
};

function asked(query: Partial<LogQuery>, more: Partial<LogLine> = {}): boolean {
  return matches({ ...wholeLog, ...query }, { ...line, ...more });
}

function refused(work: () => unknown): { code: string; message: string; hint: string } {
  try {
    work();
  } catch (error) {
    const { code, message, hint } = error as { code: string; message: string; hint: string };
    return { code, message, hint };
  }
  return assert.fail('accepted');
}

test('who asks for nothing in particular gets every line', () => {
  assert.equal(asked({}), true);
});

test('a type stands for all of its processes, a name for one', () => {
  assert.equal(asked({ process: 'web' }), true);
  assert.equal(asked({ process: 'web.1' }), true);
  assert.equal(asked({ process: 'web.1' }, { process: 'web.10' }), false);
  assert.equal(asked({ process: 'web' }, { process: 'web-admin.1' }), false);
  assert.equal(asked({ process: 'web' }, { process: 'web.x' }), false);
  assert.equal(asked({ process: 'router' }, { process: 'router' }), true);
});

test('the source tells the app from the platform', () => {
  assert.equal(asked({ source: 'app' }), true);
  assert.equal(asked({ source: 'dozen' }), false);
});

test('both moments are included', () => {
  assert.equal(asked({ since: 1000, until: 1000 }), true);
  assert.equal(asked({ since: 1001 }), false);
  assert.equal(asked({ until: 999 }), false);
});

test('a plain text is found as it stands, dots and slashes included', () => {
  assert.equal(asked({ grep: '/users/7' }), true);
  assert.equal(asked({ grep: 'users.7' }), false);
  assert.equal(asked({ grep: 'oh no' }), false);
  assert.equal(asked({ grep: '/' }), true);
  assert.equal(asked({ grep: '//' }), false);
});

test('a pattern between slashes is a regular expression, with flags behind it', () => {
  assert.equal(asked({ grep: '/ 5\\d\\d /' }), true);
  assert.equal(asked({ grep: '/^ 5\\d\\d /' }), false);
  assert.equal(asked({ grep: '/oh NO$/i' }), true);
  assert.equal(asked({ grep: '/\\/users\\/\\d+/gu' }), true);
});

test('a pattern that is none, or that needs more than linear time, is refused with the reason', () => {
  assert.deepEqual(
    refused(() => asked({ grep: '/(/' })),
    {
      code: 'LOG_PATTERN_INVALID',
      message: 'Cannot search for "(": missing closing ): `(`',
      hint: 'Write a text that lines hold, or /pattern/ or /pattern/i in the syntax of RE2',
    },
  );
  for (const grep of ['/(a)\\1/', '/(?=a)b/', `/${'a'.repeat(501)}/`, '/(a?){400}a{400}/']) {
    assert.equal(refused(() => asked({ grep })).code, 'LOG_PATTERN_INVALID', grep);
  }
});

test('patterns that never end elsewhere end here', () => {
  const text = `${'a'.repeat(64 * 1024)}!`;
  for (const grep of ['/^(a+)+$/', '/^(a|a)*$/', '/^(a*)*[bc]/'])
    assert.equal(asked({ grep }, { text }), false);
});

test('a regular expression of plain characters finds what the plain text finds', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', ' '), minLength: 1, maxLength: 3 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', 'é'), maxLength: 12 });
  fc.assert(
    fc.property(word, text, (grep, said) => {
      assert.equal(asked({ grep: `/${grep}/` }, { text: said }), asked({ grep }, { text: said }));
    }),
  );
});

const now = Date.parse('2026-03-29T12:00:00Z');
const iso = (text: string, timeZone?: string): string =>
  new Date(parseWhen(text, now, timeZone)).toISOString();

test('a span is so long ago', () => {
  assert.equal(iso('90s'), '2026-03-29T11:58:30.000Z');
  assert.equal(iso('10m'), '2026-03-29T11:50:00.000Z');
  assert.equal(iso('2h'), '2026-03-29T10:00:00.000Z');
  assert.equal(iso('3d'), '2026-03-26T12:00:00.000Z');
});

test('a time of day is the last one, on the clock of who asks', () => {
  assert.equal(iso('12:00'), '2026-03-29T12:00:00.000Z');
  assert.equal(iso('12:01'), '2026-03-28T12:01:00.000Z');
  assert.equal(iso('9:30'), '2026-03-29T09:30:00.000Z');
  assert.equal(iso('09:30', 'Europe/Berlin'), '2026-03-29T07:30:00.000Z');
  // The night in which the clocks were put forward.
  assert.equal(iso('01:30', 'Europe/Berlin'), '2026-03-29T00:30:00.000Z');
  assert.equal(iso('15:00', 'Europe/Berlin'), '2026-03-28T14:00:00.000Z');
});

test('ISO 8601 is a moment, in the zone of who asks unless it names an offset', () => {
  assert.equal(iso('2026-01-31'), '2026-01-31T00:00:00.000Z');
  assert.equal(iso('2026-01-31T14:30'), '2026-01-31T14:30:00.000Z');
  assert.equal(iso('2026-01-31 14:30', 'Europe/Berlin'), '2026-01-31T13:30:00.000Z');
  assert.equal(iso('2026-01-31T14:30:01.5Z', 'Europe/Berlin'), '2026-01-31T14:30:01.500Z');
  assert.equal(iso('2026-01-31T14:30+02:00'), '2026-01-31T12:30:00.000Z');
});

test('what is no moment is refused', () => {
  assert.deepEqual(
    refused(() => parseWhen('yesterday', now)),
    {
      code: 'LOG_TIME_INVALID',
      message: 'Cannot read the time "yesterday": not a moment',
      hint: 'Write 10m, 2h or 3d, 14:30, or 2026-01-31T14:30',
    },
  );
  for (const text of ['', '10', '10x', '-1m', '24:00', '2026-02-30', '2026-01-31T25:00', '1234567d']) {
    assert.equal(refused(() => parseWhen(text, now)).code, 'LOG_TIME_INVALID', text);
  }
});

test('every moment that is written in ISO 8601 is read as itself', () => {
  const day = fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
  fc.assert(fc.property(day, (date) => assert.equal(parseWhen(date.toISOString(), now), date.getTime())));
});
