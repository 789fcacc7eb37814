import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRoot, makeBench, specOf } from '../../../test/parts/local-host.ts';
import { defaultStopPolicy } from '../../factors/09-disposability/stop-policy.ts';
import type { Engine, OneOff, Owner } from '../engine.ts';
import { openCgroups } from './cgroups.ts';

const holdsCpu = openCgroups('dozen-test')?.limitsCpu === true;

suite('a limit of cores', { timeout: 60_000 }, () => {
  const owner: Owner = { kind: 'app', id: randomUUID(), name: 'sample' };
  let folder: string;
  let engine: Engine;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'dozen-cpu-'));
    engine = await makeBench(folder).open();
  });
  afterEach(async () => {
    await engine.halt(5_000);
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  const run = (command: string, cpu: number | null): Promise<OneOff> =>
    engine.runOneOff({
      owner,
      release: 1,
      process: 'run.1',
      spec: specOf({ shell: command }, { cpu }),
      stop: defaultStopPolicy,
      timeoutMs: null,
      input: 'none',
      variables: {},
      detached: false,
    });

  test('is the kernel’s to hold where it does', {
    skip: holdsCpu ? false : 'no cgroup limits cpu here',
  }, async () => {
    const busy = await run('echo up; while :; do :; done', 0.25);
    for await (const { text } of busy.lines) if (text === 'up') break;
    const pid = await pidOf(engine, owner.id);
    const group = /^\d+:(?:cpu(?:,cpuacct)?|):(\/dozen\/.*)$/m.exec(
      readFileSync(`/proc/${pid}/cgroup`, 'utf8'),
    )?.[1];
    const [old, unified] = [`/sys/fs/cgroup/cpu${group}/cpu.cfs_quota_us`, `/sys/fs/cgroup${group}/cpu.max`];
    if (existsSync(old)) assert.equal(readFileSync(old, 'utf8'), '25000\n');
    else assert.equal(readFileSync(unified, 'utf8'), '25000 100000\n');
    await busy.stop();
  });

  test('is said not to be held, once, where nothing holds it', {
    skip: holdsCpu ? 'a cgroup limits cpu here' : false,
  }, async () => {
    for (const cpu of [0.5, null, 0.5]) await (await run('true', cpu)).ended;
    const said: string[] = [];
    const read = { follow: false, signal: AbortSignal.timeout(5_000) };
    for await (const { text } of engine.logs(owner.id, read)) if (text.includes('cores')) said.push(text);
    assert.deepEqual(said, [
      'Its limit of 0.5 cores is not held: that takes root, and a cgroup of the machine’s that limits cpu',
    ]);
  });
});

test('limits are written the way version 2 reads them', { skip: isRoot ? false : 'takes root' }, () => {
  const root = mkdtempSync(path.join(tmpdir(), 'dozen-cgroup2-'));
  writeFileSync(path.join(root, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
  const cgroups = openCgroups('home', root);
  const [group = ''] = cgroups?.make('web.1-a', { memory: 1024, tasks: 7, cpu: 1.5 }) ?? [];
  const written = (name: string): string => readFileSync(path.join(group, name), 'utf8');
  assert.deepEqual(
    [written('memory.max'), written('pids.max'), written('cpu.max')],
    ['1024', '7', '150000 100000'],
  );
  assert.equal(readFileSync(path.join(root, 'cgroup.subtree_control'), 'utf8'), '+memory +pids +cpu');
  const [free = ''] = cgroups?.make('web.2-b', { memory: 1024, tasks: 7, cpu: null }) ?? [];
  assert.equal(existsSync(path.join(free, 'cpu.max')), false);
  rmSync(root, { recursive: true });
});

test('limits are written the way version 1 reads them, where it offers them', {
  skip: isRoot ? false : 'takes root',
}, () => {
  const root = mkdtempSync(path.join(tmpdir(), 'dozen-cgroup1-'));
  for (const controller of ['memory', 'cpu']) mkdirSync(path.join(root, controller));
  writeFileSync(path.join(root, 'memory/memory.limit_in_bytes'), '');
  const cgroups = openCgroups('home', root);
  assert.deepEqual(cgroups?.make('a', { memory: 1024, tasks: 7, cpu: 0.001 }), [
    path.join(root, 'memory/dozen/home/a'),
    path.join(root, 'cpu/dozen/home/a'),
  ]);
  assert.equal(readFileSync(path.join(root, 'cpu/dozen/home/a/cpu.cfs_quota_us'), 'utf8'), '1000');
  rmSync(root, { recursive: true });
});

/** It is known a moment after its first line. */
async function pidOf(engine: Engine, ownerId: string): Promise<number> {
  const limit = AbortSignal.timeout(10_000);
  for (;;) {
    const [view] = await engine.processes(ownerId);
    if (view?.pid != null) return view.pid;
    await sleep(10, undefined, { signal: limit });
  }
}
