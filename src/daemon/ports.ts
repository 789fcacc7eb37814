/** Ports of this machine for processes and services, leased in the store. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { DozenError } from '../base/error.ts';
import type { Ports } from '../engines/local/host.ts';
import type { Store } from '../store/store.ts';

/** Below the range the kernel takes client ports from, so that a lease and a passing connection never meet. */
const first = 20_000;
const last = 31_999;
const coolDownMs = 60_000;

/** Held by something else than a process of the engine. */
const lasting = /^(service|export):/;

export function portsOf(store: Store, home: string): Ports {
  return {
    lease: (instance) => leaseFor({ store, home }, instance),
    release: (instance) => store.releasePort(instance),
    holders: () => store.portLeases().flatMap(({ holder }) => (lasting.test(holder) ? [] : [holder])),
  };
}

/**
 * Each home begins at a place of its own in the range: two platforms on one machine know nothing of each other's leases, and
 * a service keeps its port while it is stopped.
 */
export function leaseFor(
  { store, home }: { readonly store: Store; readonly home: string },
  holder: string,
  wanted?: number,
): number {
  if (wanted !== undefined)
    return store.leasePort(holder, { first: wanted, last: wanted, coolDownMs: 0 }, () => true);
  const taken = listeningPorts();
  const isFree = (port: number): boolean => !taken.has(port);
  const start = first + (createHash('sha256').update(home).digest().readUInt32BE() % (last - first));
  try {
    return store.leasePort(holder, { first: start, last, coolDownMs }, isFree);
  } catch (error) {
    if (!(error instanceof DozenError && error.code === 'PORTS_EXHAUSTED')) throw error;
    return store.leasePort(holder, { first, last: start, coolDownMs }, isFree);
  }
}

/** Listens for a moment, without sharing, wherever a router may. */
export async function probePort(port: number): Promise<'free' | 'taken' | 'forbidden'> {
  const server = createServer();
  server.listen({ host: '0.0.0.0', port, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return 'taken';
    if (code === 'EACCES') return 'forbidden';
    throw error;
  }
  server.close();
  await once(server, 'close');
  return 'free';
}

export function isListening(port: number): boolean {
  return listeningPorts().has(port);
}

function listeningPorts(): Set<number> {
  const ports = new Set<number>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const [, local, , state] = line.trim().split(/\s+/);
      if (state === '0A' && local !== undefined)
        ports.add(Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16));
    }
  }
  return ports;
}
