/** A local engine's surroundings for tests: real logs, real ports, real layers, in a folder of the test's own. */
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../src/base/clock.ts';
import { isListening } from '../../src/daemon/ports.ts';
import type { Desired, Engine, ProcessSpec } from '../../src/engines/engine.ts';
import type { Host, Traffic } from '../../src/engines/local/host.ts';
import { openLocalEngine } from '../../src/engines/local/local-engine.ts';
import { readLog } from '../../src/store/logs/log-reader.ts';
import { openLogStore } from '../../src/store/logs/log-store.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

export const isRoot = process.getuid?.() === 0;
const fixtures = path.join(import.meta.dirname, '../../src/engines/fixtures');

export interface Bench {
  readonly folder: string;
  readonly host: Host;
  open(): Promise<Engine>;
}

/** User ids by owner, as a store would keep them. */
function personFrom(first: number): Host['person'] {
  const known = new Map<string, number>();
  return (ownerId) => {
    if (!isRoot) return { kind: 'self', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const uid = known.get(ownerId) ?? first + known.size;
    known.set(ownerId, uid);
    return { kind: 'host', uid, gid: uid };
  };
}

export interface BenchOptions {
  readonly variables?: Readonly<Record<string, string>>;
  readonly traffic?: Partial<Traffic>;
}

export function makeBench(folder: string, options: BenchOptions = {}): Bench {
  const layers = path.join(folder, 'layers');
  const runtime = path.join(folder, 'runtime');
  mkdirSync(path.join(runtime, 'runtime/node/bin'), { recursive: true });
  const node = path.join(runtime, 'runtime/node/bin/node');
  // Once: a process of an engine before this one may be running it.
  if (!existsSync(node)) copyFileSync(process.execPath, node);
  chmodSync(node, 0o755);
  const person = personFrom(61_000);
  const logs = path.join(folder, 'logs');
  const store = openLogStore(logs);
  const leases = new Map<string, number>();
  const host: Host = {
    folder: path.join(folder, 'engine'),
    name: path.basename(folder),
    clock: systemClock,
    randomName: () => randomBytes(5).toString('hex'),
    random: Math.random,
    ports: {
      lease(instance) {
        let port = 20_000 + (randomBytes(2).readUInt16BE() % 10_000);
        while ([...leases.values()].includes(port) || isListening(port)) port += 1;
        leases.set(instance, port);
        return port;
      },
      release: (instance) => leases.delete(instance),
      holders: () => [...leases.keys()],
    },
    log: {
      append: store.append,
      position: store.position,
      forget: store.forget,
      remove: store.remove,
      tail: store.tail,
      sync: store.sync,
      read: (id, read) => readLog(logs, id, read),
    },
    traffic: {
      publish: () => undefined,
      drained: async () => undefined,
      forget: () => undefined,
      ...options.traffic,
    },
    person,
    async layers(_spec, { uid, gid }) {
      const layer = path.join(layers, String(uid));
      mkdirSync(layer, { recursive: true });
      if (!existsSync(path.join(layer, 'app')))
        cpSync(fixtures, path.join(layer, 'app'), { recursive: true });
      for (const name of isRoot ? ['', ...readdirSync(path.join(layer, 'app'))] : [])
        chownSync(path.join(layer, 'app', name), uid, gid);
      return [layer, runtime];
    },
    environment: async () => ({
      PATH: '/runtime/node/bin:/usr/bin:/bin',
      HOME: '/app',
      ...options.variables,
    }),
  };
  return { folder, host, open: () => openLocalEngine(host) };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

export function specOf(command: ProcessSpec['command'], more: Partial<ProcessSpec> = {}): ProcessSpec {
  const environment = { ownerId: 'unused', revision: 1 };
  return {
    command,
    layers: [],
    runtimes: [],
    environment,
    volumes: [],
    port: null,
    memoryLimit: 512 * 1024 * 1024,
    cpu: null,
    diskLimit: 1024 ** 3,
    ...more,
  };
}

export type { Desired };
