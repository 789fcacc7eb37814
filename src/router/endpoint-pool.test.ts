import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { endpointOf } from '../../test/router/edge.ts';
import { type RawServer, rawServer } from '../../test/router/wire.ts';
import { EndpointPool, poolLimits } from './endpoint-pool.ts';
import type { Upstream, UpstreamUser } from './upstream.ts';

const nobody: UpstreamUser = {
  upstreamConnected: () => undefined,
  upstreamBytes: () => undefined,
  upstreamDrained: () => undefined,
  upstreamEnded: () => undefined,
  upstreamClosed: () => undefined,
};

const anyAge = Number.POSITIVE_INFINITY;

async function opened(app: RawServer): Promise<{ pool: EndpointPool; open: () => Promise<Upstream> }> {
  const pool = new EndpointPool(endpointOf(app.port, 0));
  const open = async (): Promise<Upstream> => {
    const upstream = pool.open(nobody);
    await once(upstream, 'connect');
    return upstream;
  };
  return { pool, open };
}

test('the connection used last is used first', async () => {
  await using app = await rawServer();
  const { pool, open } = await opened(app);
  const [first, second] = [await open(), await open()];
  pool.give(first, 0, null);
  pool.give(second, 1, null);
  assert.equal(pool.take(nobody, 2, anyAge), second);
  assert.equal(pool.take(nobody, 2, anyAge), first);
  assert.equal(pool.take(nobody, 2, anyAge), null);
  assert.ok(first.reused);
  first.destroy();
  second.destroy();
});

test('a connection is kept for less time than the process says it keeps it', async () => {
  await using app = await rawServer();
  const { pool, open } = await opened(app);
  for (const [said, kept] of [
    [5_000, 4_000],
    [null, poolLimits.idleMs],
    [600_000, poolLimits.longestIdleMs],
  ] as const) {
    const upstream = await open();
    pool.give(upstream, 0, said);
    assert.equal(pool.take(nobody, kept, anyAge), upstream);
    pool.give(upstream, 0, said);
    assert.equal(pool.take(nobody, kept + 1, anyAge), null);
    assert.ok(upstream.destroyed);
  }
});

test('a process that keeps connections for a second or less has none kept', async () => {
  await using app = await rawServer();
  const { pool, open } = await opened(app);
  const upstream = await open();
  pool.give(upstream, 0, 1_000);
  assert.ok(upstream.destroyed);
});

test('a request that cannot be sent twice gets a fresh connection or none', async () => {
  await using app = await rawServer();
  const { pool, open } = await opened(app);
  const upstream = await open();
  pool.give(upstream, 0, null);
  assert.equal(pool.take(nobody, 1_001, 1_000), null);
  assert.equal(pool.take(nobody, 1_001, anyAge), upstream);
  upstream.destroy();
});

test('a sweep closes what lay idle too long and nothing else', async () => {
  await using app = await rawServer();
  const { pool, open } = await opened(app);
  const [old, young] = [await open(), await open()];
  pool.give(old, 0, null);
  pool.give(young, 1_000, null);
  pool.sweep(poolLimits.idleMs + 1);
  assert.deepEqual([old.destroyed, young.destroyed], [true, false]);
  assert.equal(pool.take(nobody, poolLimits.idleMs + 1, anyAge), young);
  young.destroy();
});

test('an endpoint that left keeps no connection', async () => {
  await using app = await rawServer();
  const { pool, open } = await opened(app);
  const [idle, inUse] = [await open(), await open()];
  pool.give(idle, 0, null);
  pool.leave();
  assert.deepEqual([idle.destroyed, inUse.destroyed], [true, false]);
  pool.give(inUse, 0, null);
  assert.ok(inUse.destroyed);
});
