/** Ports of this machine for processes and services, leased in the store. */
import { readFileSync } from 'node:fs';
import type { Ports } from '../engines/local/host.ts';
import type { PortRange, Store } from '../store/store.ts';

/** Below the range the kernel takes client ports from, so that a lease and a passing connection never meet. */
const range: PortRange = { first: 22_000, last: 31_999, coolDownMs: 60_000 };

const servicePrefix = 'service:';

export function portsOf(store: Store): Ports {
  return {
    lease: (instance) => leaseFor(store, instance),
    release: (instance) => store.releasePort(instance),
    holders: () =>
      store.portLeases().flatMap(({ holder }) => (holder.startsWith(servicePrefix) ? [] : [holder])),
  };
}

export function leaseFor(store: Store, holder: string): number {
  const taken = listeningPorts();
  return store.leasePort(holder, range, (port) => !taken.has(port));
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
