import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeBench, specOf } from '../../../test/parts/local-host.ts';
import { testEngine } from '../engine.contract.ts';

testEngine(`the local engine as ${process.getuid?.() === 0 ? 'root' : 'an ordinary user'}`, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-engine-'));
  const bench = makeBench(folder);
  return {
    open: bench.open,
    spec: (command, more) => specOf({ shell: command }, more),
    get: async (address, target) => (await fetch(`http://${address}${target}`)).text(),
    async close() {
      assert.deepEqual(readdirSync(path.join(folder, 'engine/runs')), [], 'a run left its folder');
      rmSync(folder, { recursive: true });
    },
  };
});
