/**
 * An exchange's hold on an endpoint, counted as busy from `acquire` to `release` or `drop`, with a connection to it.
 */
import type { Directory } from './directory.ts';
import { type EndpointPool, poolLimits } from './endpoint-pool.ts';
import type { RequestHead } from './request-head.ts';
import type { RouterCode } from './router.ts';
import type { Upstream, UpstreamUser } from './upstream.ts';

/** Within this time after its last use a kept connection is alive: no common server's keep-alive is shorter. */
export const freshMs = 1_000;

/**
 * - `ready`: a kept connection
 * - `connecting`: the user hears of `upstreamConnected` or `upstreamClosed`
 * - a code: there is no endpoint
 */
export type Acquired =
  | 'ready'
  | 'connecting'
  | Extract<RouterCode, 'ROUTE_UNKNOWN' | 'PROCESS_NONE' | 'PROCESS_UNREACHABLE' | 'PROCESS_BROKE_OFF'>;

export interface AcquireOptions {
  /** Of the monotonic clock. */
  readonly now: number;
  /** Open a connection even when one is kept. */
  readonly fresh: boolean;
  /** When every endpoint was tried. */
  readonly otherwise: 'PROCESS_UNREACHABLE' | 'PROCESS_BROKE_OFF';
}

export class Lease {
  upstream: Upstream | null = null;
  appId: string | null = null;
  /** The last one held, e.g. `web.1`. */
  process: string | null = null;
  readonly #directory: Directory;
  readonly #user: UpstreamUser;
  readonly #head: RequestHead;
  #pool: EndpointPool | null = null;
  #tried: EndpointPool[] | null = null;

  constructor(directory: Directory, user: UpstreamUser, head: RequestHead) {
    this.#directory = directory;
    this.#user = user;
    this.#head = head;
  }

  acquire({ now, fresh, otherwise }: AcquireOptions): Acquired {
    const entry = this.#directory.route(this.#head.host);
    if (entry === undefined) return 'ROUTE_UNKNOWN';
    this.appId = entry.appId;
    if (entry.pools.length === 0) return 'PROCESS_NONE';
    const pool = entry.choose(now, this.#tried);
    if (pool === null) return otherwise;
    this.#occupy(pool);
    const kept = fresh ? null : pool.take(this.#user, now, this.#reuseMs());
    this.upstream = kept ?? pool.open(this.#user);
    return kept === null ? 'connecting' : 'ready';
  }

  /** It may be sent twice. */
  get isRepeatable(): boolean {
    const { method, body } = this.#head;
    return body.kind === 'none' && (method === 'GET' || method === 'HEAD' || method === 'OPTIONS');
  }

  /** The endpoint held is not chosen again for this request. */
  avoid(): void {
    if (this.#pool === null) return;
    if (this.#tried === null) this.#tried = [];
    this.#tried.push(this.#pool);
  }

  /** Nor soon for others. */
  avoidForAll(now: number): void {
    if (this.#pool !== null) this.#pool.avoidUntil = now + poolLimits.avoidMs;
    this.avoid();
  }

  /** Gives the connection back for another request. */
  release(now: number, keepAliveMs: number | null): void {
    const { upstream } = this;
    if (upstream === null || upstream.destroyed || upstream.writableLength > 0) {
      this.drop();
      return;
    }
    this.upstream = null;
    if (upstream.isPaused()) upstream.resume();
    this.#pool?.give(upstream, now, keepAliveMs);
    this.#leave();
  }

  /** Closes the connection. */
  drop(): void {
    const { upstream } = this;
    this.upstream = null;
    if (upstream !== null) {
      upstream.user = null;
      upstream.destroy();
    }
    this.#leave();
  }

  #occupy(pool: EndpointPool): void {
    pool.busy++;
    this.#pool = pool;
    this.process = pool.endpoint.process;
  }

  #reuseMs(): number {
    return this.isRepeatable ? Number.POSITIVE_INFINITY : freshMs;
  }

  #leave(): void {
    const pool = this.#pool;
    this.#pool = null;
    if (pool !== null) this.#directory.done(pool);
  }
}
