/** The part of every engine's contract that is about restarting and stopping single processes. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { defaultReplacement } from '../factors/09-disposability/replacement.ts';
import { defaultStopPolicy } from '../factors/09-disposability/stop-policy.ts';
import type { EngineHarness } from './engine.contract.ts';
import type { DesiredType, Engine, Owner, ProcessView } from './engine.ts';

const second = 1000;
const limit = { timeout: 30 * second };

export function testRestarts(name: string, makeHarness: () => Promise<EngineHarness>): void {
  describe(`restarts of ${name}`, { timeout: 120 * second }, () => {
    let harness: EngineHarness;
    let engine: Engine;
    let owner: Owner;

    beforeEach(async () => {
      harness = await makeHarness();
      engine = await harness.open();
      owner = { kind: 'app', id: randomUUID(), name: 'sample' };
      const types = [typeOf('web', 'node listens.mjs', 2), typeOf('worker', 'sleep 1000', 3)];
      await engine.apply({ owner, generation: 1, release: 1, hosts: [], types });
      await settled();
    });
    afterEach(async () => {
      await engine.halt(10 * second);
      await engine.close();
      await harness.close();
    });

    function typeOf(type: string, command: string, quantity: number): DesiredType {
      return {
        type,
        quantity,
        spec: harness.spec(command, { port: type === 'web' ? 'lease' : null }),
        readiness:
          type === 'web'
            ? { kind: 'listens', healthPath: null, timeoutMs: 20 * second }
            : { kind: 'stays', afterMs: 50 },
        replacement: defaultReplacement(type),
        stop: { ...defaultStopPolicy, graceMs: 5 * second },
      };
    }

    async function settled(): Promise<void> {
      const rollout = await engine.settled(owner.id, AbortSignal.timeout(20 * second));
      assert.equal(rollout?.state, 'settled');
    }

    async function views(): Promise<ProcessView[]> {
      return [...(await engine.processes(owner.id))].sort((a, b) => (a.process < b.process ? -1 : 1));
    }

    /** Names of those of before that are still there. */
    const stayed = async (before: readonly ProcessView[]): Promise<string[]> => {
      const instances = new Set(before.map(({ instance }) => instance));
      return (await views()).flatMap(({ process, instance }) => (instances.has(instance) ? [process] : []));
    };

    const names = async (): Promise<string[]> =>
      (await views()).map(({ process, state }) => `${process} ${state}`);
    const all = ['web.1 up', 'web.2 up', 'worker.1 up', 'worker.2 up', 'worker.3 up'];

    test('of a start-first type: successors are up before the old ones leave', limit, async () => {
      const before = await views();
      const watching = new AbortController();
      const changes = engine.observe(watching.signal)[Symbol.asyncIterator]();
      for (const _ of before) await changes.next();
      await engine.restart(owner.id, { type: 'web' });
      await settled();
      watching.abort();
      const up = new Set(
        before.flatMap(({ process, instance }) => (process.startsWith('web') ? [instance] : [])),
      );
      for (let next = await changes.next(); next.done !== true; next = await changes.next()) {
        if (next.value.kind !== 'process' || !next.value.process.process.startsWith('web')) continue;
        const { instance, state } = next.value.process;
        if (state === 'up') up.add(instance);
        else if (state !== 'starting') up.delete(instance);
        assert.ok(up.size >= 2, 'two are up at any time');
      }
      assert.deepEqual(await stayed(before), ['worker.1', 'worker.2', 'worker.3']);
      assert.deepEqual(await names(), all);
    });

    test('of one process: no other is touched', limit, async () => {
      const before = await views();
      await engine.restart(owner.id, { process: 'worker.2' });
      await settled();
      assert.deepEqual(await stayed(before), ['web.1', 'web.2', 'worker.1', 'worker.3']);
      assert.deepEqual(await names(), all);
    });

    test('of everything', limit, async () => {
      const before = await views();
      await engine.restart(owner.id, {});
      await settled();
      assert.deepEqual(await stayed(before), []);
      assert.deepEqual(await names(), all);
    });

    test('stopping a process of the formation is the same', limit, async () => {
      const before = await views();
      await engine.stopProcess(owner.id, 'web.1');
      await settled();
      assert.deepEqual(await stayed(before), ['web.2', 'worker.1', 'worker.2', 'worker.3']);
      assert.deepEqual(await names(), all);
    });

    test('stopping a one-off ends it', limit, async () => {
      const run = await engine.runOneOff({
        owner,
        release: 1,
        process: 'run.7',
        spec: harness.spec('trap "exit 4" TERM; echo up; while :; do sleep 0.05; done'),
        stop: defaultStopPolicy,
        timeoutMs: null,
        input: 'none',
        variables: {},
        detached: true,
      });
      for await (const { text } of run.lines) if (text === 'up') break;
      await engine.stopProcess(owner.id, 'run.7');
      assert.deepEqual(await run.ended, { kind: 'code', code: 4 });
      assert.deepEqual(await names(), all);
    });

    test('what there is not is told', limit, async () => {
      const hint = 'Name one of web.1, web.2, worker.1, worker.2, worker.3';
      await assert.rejects(engine.restart(owner.id, { process: 'web.3' }), {
        code: 'PROCESS_UNKNOWN',
        message: 'Cannot restart or stop web.3 of sample: there is no such process',
        hint,
      });
      await assert.rejects(engine.restart(owner.id, { type: 'clock' }), { code: 'PROCESS_UNKNOWN', hint });
      await assert.rejects(engine.restart(owner.id, { type: 'web', process: 'worker.1' }), { hint });
      await assert.rejects(engine.stopProcess(owner.id, 'run.1'), { code: 'PROCESS_UNKNOWN', hint });
      await assert.rejects(engine.restart(randomUUID(), {}), {
        code: 'PROCESS_UNKNOWN',
        hint: 'Deploy it first',
      });
    });
  });
}
