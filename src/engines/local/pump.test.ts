import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type Bench, makeBench, specOf } from '../../../test/parts/local-host.ts';
import { defaultStopPolicy } from '../../factors/09-disposability/stop-policy.ts';
import type { Engine, Owner } from '../engine.ts';

const said = 'Its output was not read for a moment: the pump was gone, and is started again';

suite('a pump that is killed', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-pump-'));
  let bench: Bench;
  let engine: Engine;
  before(async () => {
    bench = makeBench(folder);
    engine = await bench.open();
  });
  after(async () => {
    await engine.halt(5_000);
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  /** Lines of an app of 400, whose pump is killed once 100 have been seen. */
  async function killPump(owner: Owner, pauseMs: number): Promise<string[]> {
    const run = await engine.runOneOff({
      owner,
      release: 1,
      process: 'run.1',
      spec: specOf({ shell: `COUNT=400 PAUSE_MS=${pauseMs} node prints.mjs` }),
      stop: defaultStopPolicy,
      timeoutMs: null,
      input: 'none',
      variables: {},
      detached: false,
    });
    const pump = path.join(bench.host.folder, 'runs', run.instance, 'pump');
    const texts: string[] = [];
    for await (const { text } of run.lines) {
      if (texts.push(text) === 100) process.kill(Number(readFileSync(pump, 'utf8')), 'SIGKILL');
    }
    assert.deepEqual(await run.ended, { kind: 'code', code: 0 });
    return texts;
  }

  const all = Array.from({ length: 400 }, (_, at) => `line ${at + 1} of 400`);

  test('is started again, and the app neither ends nor stops writing', async () => {
    const owner: Owner = { kind: 'app', id: randomUUID(), name: 'sample' };
    assert.deepEqual(await killPump(owner, 1_500), all);
    const kept: string[] = [];
    for await (const { text } of engine.logs(owner.id, { follow: false, signal: AbortSignal.timeout(5_000) }))
      kept.push(text);
    assert.ok(kept.includes(said), kept.join('\n'));
  });

  test('right before its app ends costs none of the lines in the pipe', async () => {
    assert.deepEqual(await killPump({ kind: 'app', id: randomUUID(), name: 'sample' }, 300), all);
  });
});
