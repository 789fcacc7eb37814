import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Program, run } from './harness.ts';

const limit = { timeout: 30_000 };

for (const program of ['web', 'worker', 'migrate', 'prune'] satisfies Program[]) {
  test(`${program} ends with one clear line when DATABASE_URL is missing`, limit, async (t) => {
    const running = run(t, program, { PORT: '0' });
    assert.equal(await running.ended, 1);
    assert.equal(running.complaints(), 'Cannot start: the environment variable DATABASE_URL is not set\n');
  });
}

test('a variable that is wrong is named, and what it held is not shown', limit, async (t) => {
  const secret = run(t, 'web', { PORT: '0', DATABASE_URL: 'mysql://u:secret@db/x' });
  assert.equal(await secret.ended, 1);
  assert.equal(
    secret.complaints(),
    'Cannot use DATABASE_URL: it must be postgres://USER:PASSWORD@HOST:PORT/NAME\n',
  );
  const port = run(t, 'web', { PORT: '80a', DATABASE_URL: 'postgres://localhost/x' });
  assert.equal(await port.ended, 1);
  assert.equal(port.complaints(), 'Cannot use PORT: it must be a whole number from 0 to 65535\n');
});
