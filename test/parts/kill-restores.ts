/** Restores that are killed at moments left to chance, by a provider of which nothing else is known. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Secret } from '../../src/factors/03-config/secret.ts';
import { backUp } from '../../src/services/provider.contract.ts';
import type { ServiceProvider } from '../../src/services/provider.ts';
import { openServiceBench, type ServiceBench } from './service-bench.ts';

export interface KeptText {
  /** Puts `text` in place of all that was kept, in many places. */
  keep(credential: Secret, text: string): Promise<void>;
  /** The different texts that are found. */
  kept(credential: Secret): Promise<readonly string[]>;
}

export async function killRestores(
  provider: ServiceProvider,
  { keep, kept }: KeptText,
  { kills }: { readonly kills: number },
): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-restores-'));
  const file = path.join(folder, 'backup');
  let bench = await openServiceBench(folder, provider);
  try {
    const credential = await begin(bench, { provider, keep, file });
    let limitMs = 0;
    for (let round = 0; round <= kills; round += 1) {
      const before = `round ${round}`;
      await keep(credential, before);
      await bench.leave();
      const begun = performance.now();
      // The first is let through: how long it takes says when the others are to be killed.
      const killAfterMs = round === 0 ? null : Math.random() * limitMs;
      await restore(folder, { kind: provider.kind, file, killAfterMs });
      if (round === 0) limitMs = performance.now() - begun;
      bench = await openServiceBench(folder, provider);
      const found = await recover(bench, { provider, kept, credential });
      const wanted = round === 0 ? ['backup'] : [before, 'backup'];
      assert.equal(found.length, 1, `killed after ${killAfterMs} ms: ${found.join(' and ')}`);
      assert.ok(wanted.includes(found[0] ?? ''), `killed after ${killAfterMs} ms: ${found[0]}`);
    }
    await leavesNothing(bench, provider, file);
  } finally {
    await bench.close();
  }
}

const name = 'killed';

async function begin(
  bench: ServiceBench,
  {
    provider,
    keep,
    file,
  }: { readonly provider: ServiceProvider; readonly keep: KeptText['keep']; readonly file: string },
): Promise<Secret> {
  const service = bench.service(name);
  const host = bench.host(service);
  await provider.create(service, host);
  const credential = await provider.attach(service, host, 'app');
  await keep(credential, 'backup');
  writeFileSync(file, (await backUp(provider, service, host)).bytes);
  return credential;
}

async function restore(
  folder: string,
  {
    kind,
    file,
    killAfterMs,
  }: { readonly kind: string; readonly file: string; readonly killAfterMs: number | null },
): Promise<void> {
  const program = path.join(import.meta.dirname, '../fixtures/services/restore.ts');
  const child = spawn(process.execPath, [program, folder, name, kind, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.resume();
  const kill = killAfterMs === null ? null : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (kill !== null) clearTimeout(kill);
  assert.ok(code === 0 || (code === null && killAfterMs !== null), `the restore ended with ${code}`);
}

/** What the platform does with a service that an app has. */
async function recover(
  bench: ServiceBench,
  {
    provider,
    kept,
    credential,
  }: { readonly provider: ServiceProvider; readonly kept: KeptText['kept']; readonly credential: Secret },
): Promise<readonly string[]> {
  const service = bench.service(name);
  const host = bench.host(service);
  await host.start(provider.processes(service, host.state ?? assert.fail()));
  await provider.check(service, host);
  return kept(credential);
}

async function leavesNothing(bench: ServiceBench, provider: ServiceProvider, file: string): Promise<void> {
  const service = bench.service(name);
  const host = bench.host(service);
  await provider.restore(service, host, createReadStream(file));
  const { folder } = host.volume('data');
  const entries = readdirSync(folder).filter((entry) => entry !== 'made');
  assert.equal(entries.length, 1, `in the volume: ${entries.join(' ')}`);
  assert.deepEqual(readdirSync(path.dirname(folder)), ['data']);
}
