/** What a provider works on, for tests: a real store, a real engine, real programs, in a folder of the test's own. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isListening } from '../../src/daemon/ports.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { openLocalEngine } from '../../src/engines/local/local-engine.ts';
import { makeVolume } from '../../src/engines/local/walls.ts';
import type { Secret } from '../../src/factors/03-config/secret.ts';
import type { Service } from '../../src/factors/04-backing-services/service.ts';
import type { Platform } from '../../src/platform/platform.ts';
import { hostOf } from '../../src/platform/service-host.ts';
import { makePostgresRuntime } from '../../src/services/postgres/runtime.ts';
import type { ServiceHost, ServiceProvider } from '../../src/services/provider.ts';
import { createFileOnce } from '../../src/store/durable-file.ts';
import { masterKey } from '../../src/store/sqlite/master-key.ts';
import { migrate } from '../../src/store/sqlite/migrations.ts';
import { openStore } from '../../src/store/sqlite/sqlite-store.ts';
import { isRoot, makeBench, systemClock } from './local-host.ts';

export interface ServiceBench {
  readonly engine: Engine;
  /** The one of that name; made on first use. */
  service(name: string): Service;
  /** As the platform gives it; `state` is what the person brought, for a provider that takes it. */
  host(service: Service, state?: Secret): ServiceHost;
  /** Lets go: what runs runs on, for a bench that is opened over the folder later. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/** Over a folder that a bench was left in, or killed in, it goes on with what that had. */
export async function openServiceBench(folder: string, provider: ServiceProvider): Promise<ServiceBench> {
  mkdirSync(path.join(folder, 'store'), { recursive: true, mode: 0o700 });
  const file = path.join(folder, 'store/dozen.db');
  migrate(file);
  const store = openStore(file, { masterKey: masterKey(keyIn(folder)), clock: systemClock });
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
  const platform = {
    store,
    engine,
    clock: systemClock,
    portFor: (holder: string) => store.leasePort(holder, range, (port) => !isListening(port)),
    isListening,
    volumeOf(serviceId: string, volume: string) {
      const person = host.person(serviceId);
      const owner = isRoot ? { uid: person.uid, gid: person.gid } : null;
      return { folder: makeVolume(host.folder, { ownerId: serviceId, volume, person }), owner };
    },
  } as unknown as Platform;
  return {
    engine,
    service: (name) =>
      store.findService(name) ??
      store.createService({ name, kind: provider.kind, version: provider.versions[0] ?? null }),
    host(service, state) {
      if (state !== undefined) store.saveServiceState(service.id, state);
      return hostOf(platform, service, { tell: () => undefined, signal: AbortSignal.timeout(240_000) });
    },
    async leave() {
      await engine.close();
      store.close();
    },
    async close() {
      await engine.halt(20_000);
      await engine.close();
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Out of the way of what else is tested at the same time: each bench begins somewhere else. */
const start = 32_000 + (randomBytes(2).readUInt16BE() % 600);
const range = { first: start, last: 32_767, coolDownMs: 0 };

function keyIn(folder: string): Buffer {
  const file = path.join(folder, 'key');
  createFileOnce(file, randomBytes(32).toString('hex'));
  return Buffer.from(readFileSync(file, 'utf8'), 'hex');
}
