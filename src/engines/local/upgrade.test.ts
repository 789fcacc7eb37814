/** What an engine of an earlier build left on disk, taken over by this one. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { makeBench, specOf } from '../../../test/parts/local-host.ts';
import { defaultStopPolicy } from '../../factors/09-disposability/stop-policy.ts';
import type { Desired } from '../engine.ts';

type Json = { [name: string]: unknown };

const newer = new Set(['cpu', 'diskLimit', 'stale', 'input', 'detached']);

/** Without the members that the earlier build did not know. */
function age(file: string): void {
  const known = (name: string, value: unknown): unknown => (newer.has(name) ? undefined : value);
  writeFileSync(file, JSON.stringify(JSON.parse(readFileSync(file, 'utf8')) as Json, known));
}

test('processes and formations of before limits and restarts are adopted, and not replaced', {
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-upgrade-'));
  const { host, open } = makeBench(folder);
  const owner = { kind: 'app', id: randomUUID(), name: 'sample' } as const;
  const desired = (generation: number): Desired => ({
    owner,
    generation,
    release: 1,
    hosts: [],
    types: [
      {
        type: 'worker',
        quantity: 2,
        spec: specOf({ shell: 'sleep 1000' }),
        readiness: { kind: 'stays', afterMs: 50 },
        replacement: 'stop-first',
        stop: defaultStopPolicy,
      },
    ],
  });
  let engine = await open();
  try {
    await engine.apply(desired(1));
    await engine.settled(owner.id);
    const pids = async (): Promise<unknown> =>
      (await engine.processes(owner.id)).map(({ process, pid }) => `${process} ${pid}`).sort();
    const before = await pids();
    await engine.close();
    age(path.join(host.folder, 'owners', `${owner.id}.json`));
    for (const run of readdirSync(path.join(host.folder, 'runs')))
      age(path.join(host.folder, 'runs', run, 'run.json'));
    engine = await open();
    await engine.apply(desired(1));
    await engine.apply(desired(2));
    assert.equal((await engine.settled(owner.id))?.state, 'settled');
    assert.deepEqual(await pids(), before);
  } finally {
    await engine.halt(5_000);
    await engine.close();
    rmSync(folder, { recursive: true });
  }
});
