/**
 * An engine in a process of its own, as the runner has it, so that it can be killed: `node engine-process.ts FOLDER` serves
 * it on FOLDER/engine.sock and says `ready`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { LocalPeer } from '../../src/api/socket-call.ts';
import { engineClient } from '../../src/daemon/engine-client.ts';
import { engineRoutes } from '../../src/daemon/engine-server.ts';
import { serve } from '../../src/daemon/socket-server.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { makeBench, systemClock } from './local-host.ts';

export interface EngineProcess {
  readonly engine: Engine;
  /** Resolves when it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

function peerOf(folder: string): LocalPeer {
  return { socket: path.join(folder, 'engine.sock'), token: 'of the test' };
}

/** Starts one over the folder; the client's `close` ends it and touches nothing of what it runs. */
export async function startEngine(folder: string): Promise<EngineProcess> {
  const child = spawn(process.execPath, [import.meta.filename, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const said = once(createInterface({ input: child.stdout }), 'line');
  const first = await Promise.race([said, ended]);
  if (first[0] !== 'ready') throw new Error(`the engine ended: ${first.join(' ')}`);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  const client = engineClient(peerOf(folder), { clock: systemClock, patienceMs: 10_000 });
  return { engine: { ...client, close: () => end('SIGTERM') }, end };
}

if (import.meta.main) {
  const [folder = ''] = process.argv.slice(2);
  const engine = await makeBench(folder).open();
  const close = await serve(peerOf(folder), engineRoutes(engine));
  process.once('SIGTERM', async () => {
    await close();
    await engine.close();
    process.exit(0);
  });
  console.log('ready');
}
