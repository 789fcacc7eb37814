import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { makeBench, specOf } from '../../../test/parts/local-host.ts';
import { eventually } from '../../../test/parts/platform-run.ts';
import { defaultReadiness } from '../../factors/07-port-binding/readiness.ts';
import { defaultStopPolicy } from '../../factors/09-disposability/stop-policy.ts';
import type { Desired } from '../engine.ts';
import type { Routes } from './host.ts';

test('hosts and maintenance hold at once, who answers when the new processes are up', {
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-engine-'));
  const published: Routes[] = [];
  const bench = makeBench(folder, { traffic: { publish: (_, routes) => void published.push(routes) } });
  const engine = await bench.open();
  const owner = { kind: 'app', id: randomUUID(), name: 'sample' } as const;
  const desired = (generation: number, command: string, more: Partial<Desired> = {}): Desired => ({
    owner,
    generation,
    release: generation,
    hosts: ['sample.localhost'],
    types: [
      {
        type: 'web',
        quantity: 1,
        spec: specOf({ shell: command }, { port: 'lease' }),
        readiness: defaultReadiness.web,
        replacement: 'start-first',
        stop: defaultStopPolicy,
        exportedAt: 21_883,
      },
    ],
    ...more,
  });
  try {
    await engine.apply(desired(1, 'node listens.mjs'));
    assert.equal((await engine.settled(owner.id))?.state, 'settled');
    const [before] = await engine.endpoints(owner.id);
    assert.deepEqual(published.at(-1), {
      hosts: ['sample.localhost'],
      maintenance: false,
      endpoints: [before],
      ports: [{ port: 21_883, processType: 'web', endpoints: [before] }],
    });
    const hosts = ['sample.localhost', 'www.example.org'];
    await engine.apply(desired(2, 'exit 3', { hosts, maintenance: true }));
    assert.equal((await engine.settled(owner.id))?.state, 'failed');
    assert.deepEqual(published.at(-1), {
      hosts,
      maintenance: true,
      endpoints: [before],
      ports: [{ port: 21_883, processType: 'web', endpoints: [before] }],
    });
    await engine.reach(owner.id, { hosts: ['sample.localhost'], maintenance: false });
    await eventually(() => published.at(-1)?.maintenance === false, { what: 'it is published' });
    assert.deepEqual(published.at(-1), {
      hosts: ['sample.localhost'],
      maintenance: false,
      endpoints: [before],
      ports: [{ port: 21_883, processType: 'web', endpoints: [before] }],
    });
    assert.equal((await engine.settled(owner.id))?.state, 'failed');
  } finally {
    await engine.halt(10_000);
    await engine.close();
    rmSync(folder, { recursive: true });
  }
});
