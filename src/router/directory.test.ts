import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { endpointOf } from '../../test/router/edge.ts';
import { Directory, RouteEntry } from './directory.ts';
import { EndpointPool } from './endpoint-pool.ts';

const poolsOf = (count: number): EndpointPool[] =>
  Array.from({ length: count }, (_, index) => new EndpointPool(endpointOf(9, index)));

const route = (...ports: readonly number[]) => ({
  host: 'app.localhost',
  appId: 'app-1',
  appName: 'app',
  endpoints: ports.map(endpointOf),
});

test('equally busy endpoints take turns', () => {
  const pools = poolsOf(3);
  const entry = new RouteEntry('app', pools);
  const chosen = Array.from({ length: 6 }, () => entry.choose(0, null));
  assert.deepEqual(chosen, [...pools, ...pools]);
});

test('the endpoint with the fewest requests in flight is chosen, but none that was tried or lately refused', () => {
  const state = fc.record({ busy: fc.nat(3), tried: fc.boolean(), refused: fc.boolean() });
  fc.assert(
    fc.property(fc.array(state, { maxLength: 6 }), fc.nat(5), (states, turns) => {
      const pools = poolsOf(states.length);
      const entry = new RouteEntry('app', pools);
      for (let turn = 0; turn < turns; turn++) entry.choose(0, null);
      for (const [index, { busy, refused }] of states.entries()) {
        Object.assign(pools[index] as EndpointPool, { busy, avoidUntil: refused ? 10 : 0 });
      }
      const tried = pools.filter((_, index) => states[index]?.tried);
      const open = pools.filter((pool) => !tried.includes(pool));
      const willing = open.filter((pool) => pool.avoidUntil === 0);
      const from = willing.length > 0 ? willing : open;
      const chosen = entry.choose(5, tried);
      if (from.length === 0) assert.equal(chosen, null);
      else
        assert.ok(chosen !== null && from.includes(chosen) && from.every((pool) => pool.busy >= chosen.busy));
    }),
  );
});

test('an endpoint keeps what is known of it from table to table', () => {
  const directory = new Directory();
  directory.apply({ version: 1, routes: [route(1)] });
  const before = directory.route('app.localhost')?.pools[0];
  directory.apply({ version: 2, routes: [route(1, 2)] });
  assert.equal(directory.route('app.localhost')?.pools[0], before);
  assert.equal(before?.gone, false);
});

test('an instance at another port is another endpoint, and both count as long as they are busy', () => {
  const directory = new Directory();
  directory.apply({ version: 1, routes: [route(1)] });
  const before = directory.route('app.localhost')?.pools[0] as EndpointPool;
  before.busy = 1;
  directory.apply({ version: 2, routes: [route(2)] });
  const after = directory.route('app.localhost')?.pools[0] as EndpointPool;
  after.busy = 2;
  assert.notEqual(after, before);
  assert.equal(before.gone, true);
  assert.equal(directory.busy('one'), 3);
  directory.done(before);
  assert.equal(directory.busy('one'), 2);
});

test('an exact host goes before a wildcard, which stands for one label', () => {
  const directory = new Directory();
  const appAt = (host: string) => ({ host, appId: host, appName: 'app', endpoints: [] });
  const hosts = ['*.example.org', 'www.example.org', '*.deep.example.org'];
  directory.apply({ version: 1, routes: hosts.map(appAt) });
  const found = (host: string): string | undefined => directory.route(host)?.appId;
  assert.equal(found('www.example.org'), 'www.example.org');
  assert.equal(found('shop.example.org'), '*.example.org');
  assert.equal(found('a.deep.example.org'), '*.deep.example.org');
  for (const host of ['example.org', '.example.org', 'a.b.example.org', 'evil-example.org', ''])
    assert.equal(found(host), undefined, host);
  directory.apply({ version: 2, routes: [appAt('www.example.org')] });
  assert.equal(found('shop.example.org'), undefined);
});

test('a table with the same version is taken, one with a lower is not', () => {
  const directory = new Directory();
  directory.apply({ version: 2, routes: [] });
  directory.apply({ version: 2, routes: [route(1)] });
  directory.apply({ version: 1, routes: [] });
  assert.notEqual(directory.route('app.localhost'), undefined);
});

test('idle waits for every instance, also for those that left the table', async () => {
  const directory = new Directory();
  directory.apply({ version: 1, routes: [route(1, 2)] });
  const entry = directory.route('app.localhost') as RouteEntry;
  const [one, two] = entry.pools as [EndpointPool, EndpointPool];
  one.busy = 1;
  two.busy = 1;
  directory.apply({ version: 2, routes: [] });
  let idle = false;
  const waiting = directory.idle(['one', 'two'], AbortSignal.timeout(10_000)).then(() => {
    idle = true;
  });
  directory.done(one);
  await Promise.resolve();
  assert.equal(idle, false);
  directory.done(two);
  await waiting;
});
