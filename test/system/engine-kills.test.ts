/**
 * The engine's process is killed at random moments of everything it does: starting, replacing, stopping, keeping lines.
 * DOZEN_KILL_ROUNDS: how often (default 5); DOZEN_KILL_SEED: the seed of the moments, told when a test fails.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import type { Desired, DesiredType, Owner } from '../../src/engines/engine.ts';
import { defaultStopPolicy } from '../../src/factors/09-disposability/stop-policy.ts';
import type { LogLine } from '../../src/factors/11-logs/log-line.ts';
import { type EngineProcess, startEngine } from '../parts/engine-process.ts';
import { specOf, systemClock } from '../parts/local-host.ts';
import { processesOf } from '../parts/platform-run.ts';

const rounds = Number(process.env.DOZEN_KILL_ROUNDS ?? 5);
const seed = Number(process.env.DOZEN_KILL_SEED ?? Date.now() % 1_000_000);

/** In [0, 1), the same for one seed (a linear congruential generator). */
function chanceFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

suite(`the engine killed ${rounds} times, seed ${seed}`, { timeout: 60_000 + rounds * 20_000 }, () => {
  const chance = chanceFrom(seed);
  let folder: string;
  let owner: Owner;
  let running: EngineProcess;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'dozen-kills-'));
    owner = { kind: 'app', id: randomUUID(), name: 'sample' };
    running = await startEngine(folder);
  });
  afterEach(async () => {
    await running.engine.halt(10_000);
    await running.engine.close();
    const engine = path.join(folder, 'engine');
    assert.deepEqual(readdirSync(path.join(engine, 'runs')), [], 'no run is left');
    assert.deepEqual(readdirSync(path.join(engine, 'status')), [], 'no status is left');
    assert.deepEqual(processesOf(folder), [], 'no process is left');
    rmSync(folder, { recursive: true });
  });

  /** Kills it some time within `withinMs` and starts the next. */
  async function kill(withinMs: number): Promise<void> {
    await systemClock.sleep(chance() * withinMs);
    await running.end('SIGKILL');
    running = await startEngine(folder);
  }

  function typeOf(type: string, shell: string, more: Partial<DesiredType> = {}): DesiredType {
    return {
      type,
      quantity: 2,
      spec: specOf({ shell }, { port: type === 'web' ? 'lease' : null }),
      readiness:
        type === 'web'
          ? { kind: 'listens', healthPath: null, timeoutMs: 20_000 }
          : { kind: 'stays', afterMs: 50 },
      replacement: type === 'web' ? 'start-first' : 'stop-first',
      stop: { ...defaultStopPolicy, graceMs: 5_000 },
      ...more,
    };
  }

  const desired = (generation: number, types: readonly DesiredType[]): Desired => ({
    owner,
    generation,
    release: generation,
    hosts: [],
    types,
  });

  async function settled(): Promise<void> {
    const rollout = await running.engine.settled(owner.id, AbortSignal.timeout(40_000));
    assert.equal(rollout?.state, 'settled', rollout?.reason?.message ?? 'no reason');
  }

  async function kept(): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    const signal = AbortSignal.timeout(20_000);
    for await (const line of running.engine.logs(owner.id, { follow: false, signal })) lines.push(line);
    return lines;
  }

  test('in the middle of rollouts: the newest formation is reached, once, and no line is lost or doubled', async () => {
    const last = rounds * 2;
    const printer = 'COUNT=100000 PAUSE_MS=20 node prints.mjs';
    for (let generation = 1; generation <= last; generation += 1) {
      await running.engine.apply(
        desired(generation, [typeOf('web', 'node listens.mjs'), typeOf('worker', printer)]),
      );
      await kill(600);
    }
    await settled();
    const views = await running.engine.processes(owner.id);
    assert.deepEqual(views.map(({ process, release, state }) => `${process} v${release} ${state}`).sort(), [
      `web.1 v${last} up`,
      `web.2 v${last} up`,
      `worker.1 v${last} up`,
      `worker.2 v${last} up`,
    ]);
    await running.engine.halt(10_000);
    const printed = Map.groupBy(
      (await kept()).filter(({ source, process }) => source === 'app' && process.startsWith('worker')),
      ({ instance }) => instance,
    );
    assert.ok(printed.size >= 2);
    for (const [instance, all] of printed) {
      // Its shell's word on the signal that ended it.
      const lines = all.at(-1)?.text === 'Terminated' ? all.slice(0, -1) : all;
      const wrong = lines.findIndex(
        ({ text, sequence }, at) => text !== `line ${at + 1} of 100000` || sequence !== at + 1,
      );
      assert.equal(wrong, -1, `${instance}: ${JSON.stringify(lines.slice(wrong - 1, wrong + 2))}`);
    }
  });

  test('in the middle of restarts: none is lost', async () => {
    const formation = [typeOf('web', 'node listens.mjs'), typeOf('worker', 'sleep 1000')];
    await running.engine.apply(desired(1, formation));
    await settled();
    for (let round = 0; round < rounds; round += 1) {
      const before = (await running.engine.processes(owner.id)).map(({ instance }) => instance);
      await running.engine.restart(owner.id, {});
      await kill(round === 0 ? 0 : 300);
      await settled();
      const after = await running.engine.processes(owner.id);
      assert.deepEqual(after.map(({ process, state }) => `${process} ${state}`).sort(), [
        'web.1 up',
        'web.2 up',
        'worker.1 up',
        'worker.2 up',
      ]);
      assert.deepEqual(
        after.filter(({ instance }) => before.includes(instance)),
        [],
      );
    }
  });

  test('while processes start: the rollout does not fail for it', async () => {
    for (let generation = 1; generation <= rounds; generation += 1) {
      await running.engine.apply(
        desired(generation, [typeOf('worker', `sleep 100${generation}`, { quantity: 10 })]),
      );
      await kill(60);
      await settled();
    }
  });

  test('while processes end by themselves: the log has each exit code, and that of a start cut short is unknown', async () => {
    await running.engine.apply(desired(1, [typeOf('worker', 'sleep 0.4; exit 7', { quantity: 3 })]));
    await settled();
    for (let round = 0; round < rounds; round += 1) await kill(800);
    await running.engine.apply(desired(2, [typeOf('worker', 'sleep 1000', { quantity: 3 })]));
    await settled();
    const ends = (await kept()).filter(({ text }) => /^Process (ended|exited)/.test(text));
    assert.ok(ends.length >= 3, `${ends.length} ends`);
    const known = ends.filter(({ text }) => text === 'Process exited with status 7');
    const neverBegun = ends.filter(
      ({ text }) => text === 'Process ended: exit unknown: its start was interrupted',
    );
    assert.equal(known.length + neverBegun.length, ends.length, JSON.stringify(ends));
    assert.ok(known.length >= 3);
  });

  test('while it runs one-offs: the next engine ends them', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const spec = specOf({ shell: 'sleep 1000' });
      const order = {
        owner,
        release: 1,
        process: 'run.1',
        spec,
        stop: defaultStopPolicy,
        timeoutMs: null,
        input: 'none' as const,
        variables: {},
        detached: false,
      };
      const asked = running.engine.runOneOff(order).catch((error: { code: string }) => {
        assert.match(error.code, /^(PEER_AWAY|ONE_OFF_LOST)$/);
      });
      await kill(200);
      await asked;
    }
  });

  test('while it stops everything: the next engine finishes it', async () => {
    for (let round = 0; round < rounds; round += 1) {
      await running.engine.apply(desired(round + 1, [typeOf('worker', 'sleep 1000', { quantity: 10 })]));
      await settled();
      const halting = running.engine.halt(10_000).catch((error: { code: string }) => {
        assert.equal(error.code, 'PEER_AWAY');
      });
      await kill(150);
      await halting;
    }
  });
});
