import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptySchema, freshSchema, run } from './harness.ts';

const limit = { timeout: 30_000 };

test('the release phase migrates once, however often and by however many it is run', limit, async (t) => {
  const { url } = await emptySchema(t);
  const both = [run(t, 'migrate', { DATABASE_URL: url }), run(t, 'migrate', { DATABASE_URL: url })];
  const applied = await Promise.all(both.map((one) => one.event('schema-current')));
  assert.deepEqual(applied.map((event) => event.applied).sort(), [0, 2]);
  assert.deepEqual(await Promise.all(both.map((one) => one.ended)), [0, 0]);
});

test('the release phase fails when the database is away', limit, async (t) => {
  const migrate = run(t, 'migrate', { DATABASE_URL: 'postgres://u@127.0.0.1:1/x' });
  assert.equal((await migrate.event('migration-failed')).error, 'connect ECONNREFUSED 127.0.0.1:1');
  assert.equal(await migrate.ended, 1);
});

test('pruning removes what is older than RETENTION_DAYS, and its jobs', limit, async (t) => {
  const { url, client } = await freshSchema(t);
  await client.query(`insert into entries (name, message, created_at) values
    ('old', 'm', now() - interval '31 days'), ('young', 'm', now() - interval '29 days')`);
  await client.query('insert into jobs (entry_id) select id from entries');
  const prune = run(t, 'prune', { DATABASE_URL: url, RETENTION_DAYS: '30' });
  assert.equal((await prune.event('pruned')).entries, 1);
  assert.equal(await prune.ended, 0);
  const { rows } = await client.query('select name from jobs join entries on id = entry_id');
  assert.deepEqual(rows, [{ name: 'young' }]);
});
