import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from 'pg';
import { freshSchema, run, until } from './harness.ts';

const limit = { timeout: 30_000 };

test('workers share the queue: every entry is stamped exactly once', limit, async (t) => {
  const { url, client } = await freshSchema(t);
  await addEntries(client, 30);
  const env = { DATABASE_URL: url, STAMP_DELAY_MS: '2' };
  const workers = [run(t, 'worker', env), run(t, 'worker', env), run(t, 'worker', env)];
  await until(t, async () => (await client.query('select 1 from jobs')).rowCount === 0);
  for (const worker of workers) worker.child.kill('SIGTERM');
  assert.deepEqual(await Promise.all(workers.map((worker) => worker.ended)), [0, 0, 0]);
  assert.equal((await client.query('select 1 from entries where stamp is not null')).rowCount, 30);
});

test('a worker told to stop returns its job and ends well', limit, async (t) => {
  const { url, client } = await freshSchema(t);
  await addEntries(client, 1);
  const worker = run(t, 'worker', { DATABASE_URL: url, STAMP_DELAY_MS: '60000' });
  await until(t, async () => (await dueJobs(client)) === 0);
  worker.child.kill('SIGTERM');
  assert.equal((await worker.event('job')).outcome, 'returned');
  assert.equal(await worker.ended, 0);
  assert.equal(await dueJobs(client), 1);
});

test('a worker that is killed loses no job', limit, async (t) => {
  const { url, client } = await freshSchema(t);
  await addEntries(client, 1);
  const worker = run(t, 'worker', { DATABASE_URL: url, STAMP_DELAY_MS: '60000' });
  await until(t, async () => (await dueJobs(client)) === 0);
  worker.child.kill('SIGKILL');
  await worker.ended;
  await until(t, async () => (await dueJobs(client)) === 1);
});

test(
  'a job that fails is tried again later, and kept with its reason after five attempts',
  limit,
  async (t) => {
    const { url, client } = await freshSchema(t);
    await client.query(`
    create function refuse() returns trigger language plpgsql as $$ begin raise 'no ink'; end $$;
    create trigger refuse before update on entries for each row execute function refuse()`);
    await addEntries(client, 1);
    const worker = run(t, 'worker', { DATABASE_URL: url, STAMP_DELAY_MS: '0' });
    for (let attempt = 1; attempt < 5; attempt += 1) {
      assert.partialDeepStrictEqual(await worker.event('job', { attempt }), {
        outcome: 'retried',
        error: 'no ink',
      });
      assert.equal(await dueJobs(client), 0);
      await client.query("update jobs set run_at = now(); select pg_notify('jobs', '')");
    }
    assert.partialDeepStrictEqual(await worker.event('job', { attempt: 5 }), {
      outcome: 'failed',
      level: 'error',
    });
    const { rows } = await client.query('select attempts, last_error from jobs where failed_at is not null');
    assert.deepEqual(rows, [{ attempts: 5, last_error: 'no ink' }]);
  },
);

const addEntries = async (client: Client, count: number): Promise<void> => {
  await client.query(
    "insert into entries (name, message) select 'n' || i, 'm' from generate_series(1, $1) i",
    [count],
  );
  await client.query('insert into jobs (entry_id) select id from entries');
};

/** Jobs that a worker could take at this moment. */
const dueJobs = async (client: Client): Promise<number | null> => {
  const due = 'select 1 from jobs where run_at <= now() and failed_at is null for update skip locked';
  return (await client.query(due)).rowCount;
};
