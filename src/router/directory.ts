/**
 * The route table in force, and the endpoints it names with all that is known of them.
 *
 * Balance: the endpoint with the fewest requests in flight from this router; among equals, in turn. An endpoint that
 * refused a connection within the last second is chosen only when no other is left.
 */
import type { Endpoint, Route, RouteTable } from '../factors/07-port-binding/route.ts';
import { EndpointPool } from './endpoint-pool.ts';

export class RouteEntry {
  readonly appId: string;
  readonly pools: readonly EndpointPool[];
  readonly maintenance: boolean;
  #turn = 0;

  constructor(appId: string, pools: readonly EndpointPool[], maintenance = false) {
    this.appId = appId;
    this.pools = pools;
    this.maintenance = maintenance;
  }

  /** Null: every endpoint is among the `tried`, or there is none. */
  choose(now: number, tried: readonly EndpointPool[] | null): EndpointPool | null {
    const count = this.pools.length;
    let best: EndpointPool | null = null;
    for (let step = 0; step < count; step++) {
      const pool = this.pools[(this.#turn + step) % count] as EndpointPool;
      if (tried?.includes(pool)) continue;
      if (best === null || isBetter(pool, best, now)) best = pool;
    }
    if (best !== null) this.#turn = (this.pools.indexOf(best) + 1) % count;
    return best;
  }
}

export class Directory {
  #version = Number.NEGATIVE_INFINITY;
  #routes = new Map<string, RouteEntry>();
  /** By what stands behind the `*`, e.g. `.example.org`. */
  #wildcards = new Map<string, RouteEntry>();
  #ports = new Map<number, RouteEntry>();
  #pools = new Map<string, EndpointPool>();
  /** Those that left the table with requests in flight. */
  readonly #leaving = new Set<EndpointPool>();
  readonly #waiters = new Set<() => void>();

  apply(table: RouteTable): void {
    if (table.version < this.#version) return;
    this.#version = table.version;
    const before = this.#pools;
    this.#pools = new Map();
    this.#routes = new Map();
    this.#wildcards = new Map();
    for (const route of table.routes) {
      const entry = this.#entry(route, before);
      if (route.host.startsWith('*.')) this.#wildcards.set(route.host.slice(1), entry);
      else this.#routes.set(route.host, entry);
    }
    this.#ports = new Map((table.ports ?? []).map((route) => [route.port, this.#entry(route, before)]));
    for (const pool of before.values()) if (!this.#inForce(pool)) this.#retire(pool);
  }

  /** An exact host before a wildcard, which stands for one label. */
  route(host: string): RouteEntry | undefined {
    const exact = this.#routes.get(host);
    if (exact !== undefined || this.#wildcards.size === 0) return exact;
    const dot = host.indexOf('.');
    return dot < 1 ? undefined : this.#wildcards.get(host.slice(dot));
  }

  /** Who takes the connections of a TCP port. */
  exported(port: number): RouteEntry | undefined {
    return this.#ports.get(port);
  }

  get exportedPorts(): ReadonlySet<number> {
    return new Set(this.#ports.keys());
  }

  busy(instance: string): number {
    let busy = this.#pools.get(instance)?.busy ?? 0;
    for (const pool of this.#leaving) if (pool.endpoint.instance === instance) busy += pool.busy;
    return busy;
  }

  /** One request less in flight. */
  done(pool: EndpointPool): void {
    pool.busy--;
    if (pool.busy > 0) return;
    this.#leaving.delete(pool);
    this.#wake();
  }

  idle(instances: readonly string[], signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = (): void => {
      if (signal.aborted || instances.every((instance) => this.busy(instance) === 0)) resolve();
    };
    this.#waiters.add(check);
    signal.addEventListener('abort', check, { once: true });
    check();
    return promise.finally(() => {
      this.#waiters.delete(check);
      signal.removeEventListener('abort', check);
    });
  }

  sweep(now: number): void {
    for (const pool of this.#pools.values()) pool.sweep(now);
  }

  /** Closes every idle connection; those in use close when they are given back. */
  close(): void {
    for (const pool of this.#pools.values()) pool.leave();
  }

  #entry(
    route: Pick<Route, 'appId' | 'endpoints' | 'maintenance'>,
    before: ReadonlyMap<string, EndpointPool>,
  ): RouteEntry {
    return new RouteEntry(
      route.appId,
      route.endpoints.map((endpoint) => this.#pool(endpoint, before)),
      route.maintenance,
    );
  }

  #pool(endpoint: Endpoint, before: ReadonlyMap<string, EndpointPool>): EndpointPool {
    const known = this.#pools.get(endpoint.instance) ?? before.get(endpoint.instance);
    const pool = known !== undefined && isSame(known.endpoint, endpoint) ? known : new EndpointPool(endpoint);
    this.#pools.set(endpoint.instance, pool);
    return pool;
  }

  #inForce(pool: EndpointPool): boolean {
    return this.#pools.get(pool.endpoint.instance) === pool;
  }

  #retire(pool: EndpointPool): void {
    pool.leave();
    if (pool.busy > 0) this.#leaving.add(pool);
  }

  #wake(): void {
    for (const check of this.#waiters) check();
  }
}

function isBetter(pool: EndpointPool, best: EndpointPool, now: number): boolean {
  const avoided = pool.avoidUntil > now;
  if (avoided !== best.avoidUntil > now) return !avoided;
  return pool.busy < best.busy;
}

function isSame(known: Endpoint, given: Endpoint): boolean {
  return known.address === given.address && known.port === given.port && known.process === given.process;
}
