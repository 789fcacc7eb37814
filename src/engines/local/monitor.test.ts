import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeBench, specOf } from '../../../test/parts/local-host.ts';
import { defaultStopPolicy } from '../../factors/09-disposability/stop-policy.ts';
import type { OneOffSpec } from '../engine.ts';

test('a process whose monitor is killed ends with it, and its exit is unknown', {
  timeout: 30_000,
}, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-monitor-'));
  const { host, open } = makeBench(folder);
  const engine = await open();
  try {
    const run = await engine.runOneOff(printer());
    for await (const { text } of run.lines) {
      assert.equal(text, 'line 1 of 1');
      process.kill(monitorOf(host.folder, run.instance), 'SIGKILL');
    }
    assert.deepEqual(await run.ended, { kind: 'unknown', why: 'its monitor was killed' });
    assert.deepEqual(await engine.processes(), []);
  } finally {
    await engine.halt(5_000);
    await engine.close();
    rmSync(folder, { recursive: true });
  }
});

test('a launcher that ends once its process is cleared away by the next engine disturbs nobody', {
  timeout: 30_000,
}, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-launcher-'));
  const { host, open } = makeBench(folder);
  const first = await open();
  const run = await first.runOneOff(printer());
  for await (const { text } of run.lines) if (text === 'line 1 of 1') break;
  const launcher = parentOf(monitorOf(host.folder, run.instance));
  process.kill(launcher, 'SIGSTOP');
  await first.close();
  const next = await open();
  try {
    const limit = AbortSignal.timeout(20_000);
    while (readdirSync(path.join(host.folder, 'status')).length > 0)
      await sleep(10, undefined, { signal: limit });
    process.kill(launcher, 'SIGCONT');
    while (existsSync(`/proc/${launcher}`)) await sleep(10, undefined, { signal: limit });
  } finally {
    await next.halt(5_000);
    await next.close();
    rmSync(folder, { recursive: true });
  }
});

function printer(): OneOffSpec {
  return {
    owner: { kind: 'app', id: randomUUID(), name: 'sample' },
    release: 1,
    process: 'run.1',
    spec: specOf({ shell: 'COUNT=1 STAY=1 node prints.mjs' }),
    stop: defaultStopPolicy,
    timeoutMs: null,
    input: 'none',
    variables: {},
    detached: false,
  };
}

/** Process 1 of the sandbox. */
function monitorOf(folder: string, instance: string): number {
  return Number.parseInt(readFileSync(path.join(folder, 'status', `${instance}.claim`), 'utf8'), 10);
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
