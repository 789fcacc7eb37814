import assert from 'node:assert/strict';
import fc from 'fast-check';
import { contractTest, type OpenLedger, startedAt } from './subject.contract.ts';

const users = { first: 20_000, last: 20_002 };
const ports = { first: 20_000, last: 20_002, coolDownMs: 1_000 };
const free = (): boolean => true;

export function leasesContract(open: OpenLedger): void {
  contractTest(open, 'an owner has one user id, and no two have the same', ({ store, reopen }) => {
    assert.equal(store.userId('a', users), 20_000);
    assert.equal(store.userId('b', users), 20_001);
    assert.equal(store.userId('a', users), 20_000);
    assert.equal(reopen().userId('b', users), 20_001);
  });

  contractTest(open, 'the user id of a destroyed app is not given again', ({ store }) => {
    const app = store.createApp('guestbook');
    const given = store.userId(app.id, users);
    store.destroyApp(app.id);
    const successor = store.createApp('guestbook');
    assert.notEqual(store.userId(successor.id, users), given);
  });

  contractTest(open, 'user ids end with their range', ({ store }) => {
    for (const owner of ['a', 'b', 'c']) store.userId(owner, users);
    assert.throws(() => store.userId('d', users), {
      code: 'USER_IDS_EXHAUSTED',
      message: 'Cannot give a user id: all of 20000 to 20002 were given',
    });
    assert.equal(store.userId('d', { first: 30_000, last: 30_000 }), 30_000);
  });

  contractTest(open, 'a holder keeps its port until it releases it', ({ store, reopen }) => {
    assert.equal(store.leasePort('web.1', ports, free), 20_000);
    assert.equal(store.leasePort('web.2', ports, free), 20_001);
    assert.equal(reopen().leasePort('web.1', ports, free), 20_000);
    assert.deepEqual(store.portLeases(), [
      { holder: 'web.1', port: 20_000 },
      { holder: 'web.2', port: 20_001 },
    ]);
    store.releasePort('web.1');
    store.releasePort('web.1');
    assert.deepEqual(reopen().portLeases(), [{ holder: 'web.2', port: 20_001 }]);
  });

  contractTest(open, 'a released port rests before it is given again', ({ store, clock }) => {
    store.leasePort('web.1', ports, free);
    clock.set(startedAt + 500);
    store.releasePort('web.1');
    clock.set(startedAt + 1_499);
    assert.equal(store.leasePort('web.2', ports, free), 20_001);
    clock.set(startedAt + 1_500);
    assert.equal(store.leasePort('web.3', ports, free), 20_000);
  });

  contractTest(open, 'a clock that was set far back does not keep ports from being given', (subject) => {
    const { store, clock } = subject;
    store.leasePort('web.1', ports, free);
    store.releasePort('web.1');
    clock.set(startedAt - 86_400_000);
    assert.equal(store.leasePort('web.2', ports, free), 20_000);
  });

  contractTest(open, 'a port that somebody else has is passed over', ({ store }) => {
    const asked: number[] = [];
    const isFree = (port: number): boolean => asked.push(port) > 1;
    assert.equal(store.leasePort('web.1', ports, isFree), 20_001);
    assert.deepEqual(asked, [20_000, 20_001]);
  });

  contractTest(open, 'a lease that fails leaves nothing behind', ({ store }) => {
    assert.throws(() => store.leasePort('web.1', ports, () => false), {
      code: 'PORTS_EXHAUSTED',
      message: 'Cannot lease a port: none of 20000 to 20002 is free',
    });
    const probe = new Error('the probe broke');
    assert.throws(
      () =>
        store.leasePort('web.1', ports, () => {
          throw probe;
        }),
      probe,
    );
    assert.deepEqual(store.portLeases(), []);
    assert.equal(store.leasePort('web.1', ports, free), 20_000);
  });

  contractTest(
    open,
    'whatever is leased and released, no port has two holders or skips its rest',
    (subject) => {
      const { store, clock } = subject;
      const range = { first: 21_000, last: 21_003, coolDownMs: 100 };
      const step = fc.record({
        holder: fc.constantFrom('a', 'b', 'c', 'd'),
        lease: fc.boolean(),
        passedMs: fc.nat(60),
      });
      const releasedAt = new Map<number, number>();
      fc.assert(
        fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
          for (const { holder, lease, passedMs } of steps) {
            clock.set(clock.now() + passedMs);
            const held = store.portLeases().find((row) => row.holder === holder)?.port;
            if (!lease) {
              store.releasePort(holder);
              if (held !== undefined) releasedAt.set(held, clock.now());
              continue;
            }
            const port = leaseOrNull(() => store.leasePort(holder, range, free));
            if (held !== undefined) assert.equal(port, held);
            else if (port !== null) assert.ok(clock.now() - (releasedAt.get(port) ?? 0) >= range.coolDownMs);
            const given = store.portLeases().map((row) => row.port);
            assert.equal(new Set(given).size, given.length);
          }
        }),
        { numRuns: 20 },
      );
    },
  );
}

function leaseOrNull(lease: () => number): number | null {
  try {
    return lease();
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'PORTS_EXHAUSTED');
    return null;
  }
}
