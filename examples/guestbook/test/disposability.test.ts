import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Client } from 'pg';
import { freshSchema, lineTo, post, run, runWeb, until } from './harness.ts';

const limit = { timeout: 30_000 };

test(
  'web told to stop refuses new connections, finishes its requests and streams, and ends well',
  limit,
  async (t) => {
    const { url, client } = await freshSchema(t);
    const web = await runWeb(t, { DATABASE_URL: url });
    const events = await fetch(`${web.url}/events`);
    await client.query('begin; lock table jobs');
    const slow = post(web, { name: 'Ada', message: 'just in time' });
    await waitingForLock(t, client);
    web.child.kill('SIGTERM');
    await web.event('stopping');
    assert.match(await events.text(), /event: change/);
    await assert.rejects(fetch(`${web.url}/healthz`));
    await client.query('commit');
    const answer = await slow;
    assert.deepEqual([answer.status, answer.headers.get('connection')], [303, 'close']);
    assert.equal(await web.ended, 0);
    assert.equal((await client.query('select 1 from jobs')).rowCount, 1);
  },
);

test('a second signal ends web at once', limit, async (t) => {
  const { url, client } = await freshSchema(t);
  const web = await runWeb(t, { DATABASE_URL: url });
  await client.query('begin; lock table jobs');
  const slow = assert.rejects(post(web, { name: 'Ada', message: 'too late' }));
  await waitingForLock(t, client);
  web.child.kill('SIGTERM');
  await web.event('stopping');
  web.child.kill('SIGTERM');
  assert.equal(await web.ended, 1);
  await slow;
  await client.query('rollback');
});

test('while the database is away web says so, and serves again when it is back', limit, async (t) => {
  const { url } = await freshSchema(t);
  const line = await lineTo(t, url);
  const web = await runWeb(t, { DATABASE_URL: line.url });
  const ask = (path: string) => fetch(web.url + path, { headers: { Accept: 'text/html' } });
  assert.equal((await ask('/')).status, 200);
  await line.cut();
  const away = await ask('/');
  assert.deepEqual([away.status, away.headers.get('retry-after')], [503, '2']);
  assert.match(await away.text(), /The guestbook cannot reach its database/);
  assert.equal((await post(web, { name: 'Ada', message: 'hello' })).status, 503);
  assert.equal((await ask('/healthz')).status, 503);
  await line.mend();
  assert.equal((await ask('/healthz')).status, 200);
  assert.equal((await post(web, { name: 'Ada', message: 'hello' })).status, 303);
});

test(
  'a worker cut off from the database in the middle of a job returns it and works on',
  limit,
  async (t) => {
    const { url, client } = await freshSchema(t);
    const line = await lineTo(t, url);
    await client.query("insert into entries (name, message) values ('n', 'm')");
    await client.query('insert into jobs (entry_id) select id from entries');
    const worker = run(t, 'worker', { DATABASE_URL: line.url, STAMP_DELAY_MS: '1000' });
    await until(
      t,
      async () => (await client.query('select 1 from jobs for update skip locked')).rowCount === 0,
    );
    await line.cut();
    await worker.event('database-away');
    await line.mend();
    assert.partialDeepStrictEqual(await worker.event('job'), { outcome: 'stamped', attempt: 1 });
  },
);

test('an idle worker cut off from the database waits for it and works on', limit, async (t) => {
  const { url, client } = await freshSchema(t);
  const line = await lineTo(t, url);
  const worker = run(t, 'worker', { DATABASE_URL: line.url, STAMP_DELAY_MS: '0', LOG_LEVEL: 'debug' });
  await worker.event('listening-to');
  await line.cut();
  await worker.event('not-listening', { error: `connect ECONNREFUSED ${new URL(line.url).host}` });
  await line.mend();
  await client.query("insert into entries (name, message) values ('n', 'm')");
  await client.query('insert into jobs (entry_id) select id from entries');
  assert.partialDeepStrictEqual(await worker.event('job'), { outcome: 'stamped', attempt: 1 });
});

/** Resolves when another connection waits for the lock. */
const waitingForLock = (t: TestContext, client: Client): Promise<void> =>
  until(t, async () => {
    const waiting = "select 1 from pg_locks where not granted and relation = 'jobs'::regclass";
    return (await client.query(waiting)).rowCount === 1;
  });
