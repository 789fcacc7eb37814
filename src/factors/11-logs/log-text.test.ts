import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logText } from './log-text.ts';

test('a line has its time to the microsecond, its source, its process and its text', () => {
  const line = { at: Date.UTC(2026, 0, 31, 14, 30, 0, 123), process: 'web.1', text: 'hi  there' };
  assert.equal(
    logText({ ...line, source: 'app' }, 'heroku'),
    '2026-01-31T14:30:00.123000+00:00 app[web.1]: hi  there',
  );
  const router = { ...line, source: 'dozen', process: 'router' } as const;
  assert.equal(logText(router, 'heroku'), '2026-01-31T14:30:00.123000+00:00 heroku[router]: hi  there');
  assert.equal(logText(router, 'dozen'), '2026-01-31T14:30:00.123000+00:00 dozen[router]: hi  there');
});
