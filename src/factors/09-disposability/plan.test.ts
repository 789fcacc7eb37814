import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Observed, planNext, type WantedType } from './plan.ts';
import type { Replacement } from './replacement.ts';

const wantedType = fc.record({
  type: fc.constantFrom('web', 'worker', 'clock'),
  quantity: fc.integer({ min: 0, max: 4 }),
  key: fc.constantFrom('v1', 'v2'),
  replacement: fc.constantFrom<Replacement>('start-first', 'stop-first', 'one-by-one'),
});
const wanted = fc.uniqueArray(wantedType, { selector: ({ type }) => type, maxLength: 3 });
const observedList = fc
  .array(
    fc.record({
      type: fc.constantFrom('web', 'worker', 'clock', 'gone'),
      index: fc.integer({ min: 1, max: 5 }),
      key: fc.constantFrom('v1', 'v2', 'v0'),
      state: fc.constantFrom<Observed['state']>('starting', 'up', 'leaving', 'ended'),
      isStale: fc.boolean(),
    }),
    { maxLength: 10 },
  )
  .map((list): Observed[] => list.map((one, at) => ({ ...one, instance: `${one.type}.${one.index}-${at}` })));

/** The world obeys: starts become up, retired ones leave and go. */
function step(
  types: readonly WantedType[],
  world: readonly Observed[],
  serial: { next: number },
): Observed[] {
  const plan = planNext(types, world);
  const moved = world
    .filter(({ state }) => state !== 'leaving')
    .map(
      (one): Observed =>
        plan.retire.includes(one.instance)
          ? { ...one, state: 'leaving' }
          : { ...one, state: 'up', isStale: false },
    );
  const started = plan.start.map((slot): Observed => {
    serial.next += 1;
    return { ...slot, instance: `new-${serial.next}`, state: 'starting', isStale: false };
  });
  return [...moved, ...started];
}

function settle(types: readonly WantedType[], from: readonly Observed[]): Observed[][] {
  const history = [[...from]];
  const serial = { next: 0 };
  for (let round = 0; round < 60; round += 1) {
    const world = history.at(-1) ?? [];
    if (planNext(types, world).settled) return history;
    history.push(step(types, world, serial));
  }
  return assert.fail('not settled after 60 steps');
}

const alive = ({ state }: Observed): boolean => state !== 'ended';

test('from any state the plan reaches exactly the wanted processes', () => {
  fc.assert(
    fc.property(wanted, observedList, (types, from) => {
      const last = settle(types, from).at(-1) ?? [];
      const names = last.map(({ type, index, key }) => `${type}.${index} ${key}`).sort();
      const expected = types.flatMap(({ type, quantity, key }) =>
        Array.from({ length: quantity }, (_, at) => `${type}.${at + 1} ${key}`),
      );
      assert.deepEqual(names, expected.sort());
    }),
  );
});

test('nothing is started where something is, and nothing is retired twice', () => {
  fc.assert(
    fc.property(wanted, observedList, (types, world) => {
      const plan = planNext(types, world);
      for (const slot of plan.start) {
        const there = world.some(
          (one) =>
            one.type === slot.type &&
            one.index === slot.index &&
            one.key === slot.key &&
            one.state !== 'leaving' &&
            !one.isStale,
        );
        assert.equal(there, false);
      }
      assert.equal(new Set(plan.retire).size, plan.retire.length);
    }),
  );
});

test('a start-first type never has fewer processes up than before, or than wanted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }), (before, after) => {
      const old = Array.from(
        { length: before },
        (_, at): Observed => ({
          instance: `old-${at}`,
          type: 'web',
          index: at + 1,
          key: 'v1',
          state: 'up',
          isStale: false,
        }),
      );
      const types: WantedType[] = [{ type: 'web', quantity: after, key: 'v2', replacement: 'start-first' }];
      for (const world of settle(types, old)) {
        assert.ok(world.filter(({ state }) => state === 'up').length >= Math.min(before, after));
      }
    }),
  );
});

test('a stop-first type never runs two versions at once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }), (before, after) => {
      const old = Array.from(
        { length: before },
        (_, at): Observed => ({
          instance: `old-${at}`,
          type: 'worker',
          index: at + 1,
          key: 'v1',
          state: 'up',
          isStale: false,
        }),
      );
      const types: WantedType[] = [{ type: 'worker', quantity: after, key: 'v2', replacement: 'stop-first' }];
      for (const world of settle(types, old))
        assert.ok(new Set(world.filter(alive).map(({ key }) => key)).size <= 1);
    }),
  );
});

test('a one-by-one type is never short of more than one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), (quantity) => {
      const old = Array.from(
        { length: quantity },
        (_, at): Observed => ({
          instance: `old-${at}`,
          type: 'db',
          index: at + 1,
          key: 'v1',
          state: 'up',
          isStale: false,
        }),
      );
      const types: WantedType[] = [{ type: 'db', quantity, key: 'v2', replacement: 'one-by-one' }];
      for (const world of settle(types, old)) {
        assert.ok(world.filter(({ state }) => state === 'up').length >= quantity - 1);
        assert.ok(world.filter(alive).length <= quantity + 1);
      }
    }),
  );
});

test('a worker is not touched before the new web processes are up', () => {
  const types: WantedType[] = [
    { type: 'web', quantity: 1, key: 'v2', replacement: 'start-first' },
    { type: 'worker', quantity: 1, key: 'v2', replacement: 'stop-first' },
  ];
  const old: Observed[] = [
    { instance: 'web-old', type: 'web', index: 1, key: 'v1', state: 'up', isStale: false },
    { instance: 'worker-old', type: 'worker', index: 1, key: 'v1', state: 'up', isStale: false },
  ];
  const starting: Observed = {
    instance: 'web-new',
    type: 'web',
    index: 1,
    key: 'v2',
    state: 'starting',
    isStale: false,
  };
  assert.deepEqual(planNext(types, old), {
    start: [{ type: 'web', index: 1, key: 'v2' }],
    retire: [],
    committed: false,
    settled: false,
  });
  assert.deepEqual(planNext(types, [...old, starting]).retire, []);
  assert.deepEqual(planNext(types, [...old, { ...starting, state: 'up' }]).retire, ['worker-old']);
});

const upOne = (type: string, index: number, isStale: boolean): Observed => ({
  instance: `${type}-${index}`,
  type,
  index,
  key: 'v1',
  state: 'up',
  isStale,
});

test('a restart replaces the stale ones, in the order of their type, and no other', () => {
  fc.assert(
    fc.property(wantedType, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), (type, stale) => {
      const wanted = { ...type, key: 'v1' };
      const before = Array.from({ length: type.quantity }, (_, at) =>
        upOne(type.type, at + 1, stale[at] === true),
      );
      const stopped = before.filter(({ isStale }) => isStale).length;
      const worlds = settle([wanted], before);
      for (const world of worlds) {
        const up = world.filter(({ state }) => state === 'up').length;
        const short = { 'start-first': 0, 'stop-first': stopped, 'one-by-one': Math.min(stopped, 1) };
        assert.ok(up >= type.quantity - short[type.replacement]);
        if (type.replacement !== 'start-first') assert.ok(world.length <= type.quantity);
      }
      const kept = before.filter(({ isStale }) => !isStale).map(({ instance }) => instance);
      const last = (worlds.at(-1) ?? []).map(({ instance }) => instance);
      assert.deepEqual(
        kept.filter((instance) => !last.includes(instance)),
        [],
      );
    }),
  );
});

test('a stale start-first process leaves when its successor is up, though another slot is down', () => {
  const types: WantedType[] = [{ type: 'web', quantity: 2, key: 'v1', replacement: 'start-first' }];
  const crashed: Observed = { ...upOne('web', 2, false), state: 'ended' };
  const successor: Observed = { ...upOne('web', 1, false), instance: 'web-new' };
  const plan = planNext(types, [upOne('web', 1, true), successor, crashed]);
  assert.deepEqual(plan, { start: [], retire: ['web-1'], committed: false, settled: false });
});
