import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEngine } from '../../test/parts/engine-process.ts';
import { specOf } from '../../test/parts/local-host.ts';
import { testEngine } from '../engines/engine.contract.ts';

testEngine('an engine in another process, over its socket', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-socket-'));
  return {
    open: async () => (await startEngine(folder)).engine,
    spec: (command, more) => specOf({ shell: command }, more),
    get: async (address, target) => (await fetch(`http://${address}${target}`)).text(),
    close: async () => rmSync(folder, { recursive: true }),
  };
});
