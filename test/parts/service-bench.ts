/** What a provider works on, for tests: a real store, a real engine, real programs, in a folder of the test's own. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Engine } from '../../src/engines/engine.ts';
import { openLocalEngine } from '../../src/engines/local/local-engine.ts';
import type { Secret } from '../../src/factors/03-config/secret.ts';
import type { Service } from '../../src/factors/04-backing-services/service.ts';
import type { Platform } from '../../src/platform/platform.ts';
import { hostOf } from '../../src/platform/provide-services.ts';
import { makePostgresRuntime } from '../../src/services/postgres/runtime.ts';
import type { ServiceHost, ServiceProvider } from '../../src/services/provider.ts';
import { masterKey } from '../../src/store/sqlite/master-key.ts';
import { migrate } from '../../src/store/sqlite/migrations.ts';
import { openStore } from '../../src/store/sqlite/sqlite-store.ts';
import { makeBench, systemClock } from './local-host.ts';

export interface ServiceBench {
  readonly engine: Engine;
  service(name: string): Service;
  /** As the platform gives it; `state` is what the person brought, for a provider that takes it. */
  host(service: Service, state?: Secret): ServiceHost;
  close(): Promise<void>;
}

export async function openServiceBench(folder: string, provider: ServiceProvider): Promise<ServiceBench> {
  mkdirSync(path.join(folder, 'store'), { recursive: true, mode: 0o700 });
  const file = path.join(folder, 'store/dozen.db');
  migrate(file);
  const store = openStore(file, { masterKey: masterKey(randomBytes(32)), clock: systemClock });
  const { host } = makeBench(folder, {});
  const runtimes = path.join(folder, 'runtimes');
  const engine = await openLocalEngine({
    ...host,
    layers: async ({ runtimes: wanted }) =>
      Promise.all(wanted.map(({ version }) => makePostgresRuntime(runtimes, version))),
    environment: async ({ ownerId, revision }) => {
      const state = store.serviceState(ownerId);
      return state === null ? {} : provider.environment(state, revision);
    },
  });
  const ports = new Map<string, number>();
  const platform = {
    store,
    engine,
    clock: systemClock,
    portFor: (holder: string) => portOf(ports, holder),
  } as unknown as Platform;
  return {
    engine,
    service: (name) =>
      store.createService({ name, kind: provider.kind, version: provider.versions[0] ?? null }),
    host(service, state) {
      if (state !== undefined) store.saveServiceState(service.id, state);
      return hostOf(platform, service, { tell: () => undefined, signal: AbortSignal.timeout(60_000) });
    },
    async close() {
      await engine.halt(20_000);
      await engine.close();
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function portOf(ports: Map<string, number>, holder: string): number {
  const known = ports.get(holder) ?? 33_000 - 1 - (randomBytes(2).readUInt16BE() % 900);
  ports.set(holder, known);
  return known;
}
