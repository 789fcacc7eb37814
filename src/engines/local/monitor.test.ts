import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { makeBench, specOf } from '../../../test/parts/local-host.ts';
import { defaultStopPolicy } from '../../factors/09-disposability/stop-policy.ts';

test('a process whose monitor is killed ends with it, and its exit is unknown', {
  timeout: 30_000,
}, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-monitor-'));
  const { host, open } = makeBench(folder);
  const engine = await open();
  try {
    const run = await engine.runOneOff({
      owner: { kind: 'app', id: randomUUID(), name: 'sample' },
      release: 1,
      process: 'run.1',
      spec: specOf({ shell: 'COUNT=1 STAY=1 node prints.mjs' }),
      stop: defaultStopPolicy,
      timeoutMs: null,
      input: 'none',
      variables: {},
      detached: false,
    });
    for await (const { text } of run.lines) {
      assert.equal(text, 'line 1 of 1');
      const claim = readFileSync(path.join(host.folder, 'status', `${run.instance}.claim`), 'utf8');
      process.kill(Number.parseInt(claim, 10), 'SIGKILL');
    }
    assert.deepEqual(await run.ended, { kind: 'unknown', why: 'its monitor was killed' });
    assert.deepEqual(await engine.processes(), []);
  } finally {
    await engine.halt(5_000);
    await engine.close();
    rmSync(folder, { recursive: true });
  }
});
