/**
 * An exchange's hold on an endpoint, counted as busy from `acquire` to `release` or `drop`, with a connection to it.
 *
 * Sending again: only what no process has taken. A connection that could not be opened carried nothing, so every request goes
 * to the next endpoint, each endpoint once. A kept connection may be closed by the process at the moment it is used again:
 * a `GET`, `HEAD` or `OPTIONS` without a body that came to nobody, as the kernel says by a reset, is sent again, on a new
 * connection. What came to a process is that process's: a request that kills it must not get to kill another. Other
 * methods take a kept connection only while it is fresh.
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
  | Extract<
      RouterCode,
      'ROUTE_UNKNOWN' | 'APP_IN_MAINTENANCE' | 'PROCESS_NONE' | 'PROCESS_UNREACHABLE' | 'PROCESS_BROKE_OFF'
    >;

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
  /** The last one held that did not refuse, e.g. `web.1`. */
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
    if (entry.maintenance) return 'APP_IN_MAINTENANCE';
    if (entry.pools.length === 0) return 'PROCESS_NONE';
    const pool = entry.choose(now, this.#tried);
    if (pool === null) return otherwise;
    this.#occupy(pool);
    const kept = fresh ? null : pool.take(this.#user, now, this.#reuseMs());
    this.upstream = kept ?? pool.open(this.#user);
    return kept === null ? 'connecting' : 'ready';
  }

  /** After a connection that broke without a byte of response: no process has taken the request. */
  get mayBeSentAgain(): boolean {
    return this.#isRepeatable && this.upstream?.reused === true && this.upstream.wasReset;
  }

  /** The endpoint held is not chosen again for this request, and not soon for others. */
  refused(now: number): void {
    if (this.#pool !== null) this.#pool.avoidUntil = now + poolLimits.avoidMs;
    this.process = null;
    if (this.#pool === null) return;
    this.#tried ??= [];
    this.#tried.push(this.#pool);
  }

  /** Gives the connection back for another request. */
  release(now: number, keepAliveMs: number | null): void {
    const { upstream } = this;
    // Not writable: a write has failed, and what is left of the connection only serves to read.
    if (upstream?.writable !== true) {
      this.drop();
      return;
    }
    this.upstream = null;
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

  get #isRepeatable(): boolean {
    const { method, body } = this.#head;
    return body.kind === 'none' && (method === 'GET' || method === 'HEAD' || method === 'OPTIONS');
  }

  #reuseMs(): number {
    return this.#isRepeatable ? Number.POSITIVE_INFINITY : freshMs;
  }

  #leave(): void {
    const pool = this.#pool;
    this.#pool = null;
    if (pool !== null) this.#directory.done(pool);
  }
}
