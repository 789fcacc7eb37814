/**
 * What this edge knows of one endpoint: how busy it is, its idle connections, and whether it lately refused one.
 *
 * The connection used last is reused first, so that those not needed grow old and are closed. A connection is not kept
 * longer than the process says it will (`Keep-Alive: timeout`), less a second; a process that says nothing gets
 * `idleMs`, shorter than the five seconds that most servers wait.
 */
import type { Endpoint } from '../factors/07-port-binding/route.ts';
import { Upstream, type UpstreamUser } from './upstream.ts';

export const poolLimits = {
  connections: 256,
  idleMs: 4_000,
  /** A process that says more than this is not believed. */
  longestIdleMs: 60_000,
  /** After a refused connection other endpoints are preferred for so long. */
  avoidMs: 1_000,
} as const;

export class EndpointPool {
  readonly endpoint: Endpoint;
  /** Requests in flight. */
  busy = 0;
  /** In no table any more. */
  gone = false;
  avoidUntil = 0;
  readonly #idle: Upstream[] = [];

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }

  /** An idle connection used within `freshMs`; null: there is none. */
  take(user: UpstreamUser, now: number, freshMs: number): Upstream | null {
    for (let upstream = this.#idle.pop(); upstream !== undefined; upstream = this.#idle.pop()) {
      const age = now - upstream.idleSince;
      if (upstream.destroyed || age > upstream.keepMs) {
        upstream.destroy();
        continue;
      }
      if (age > freshMs) {
        this.#idle.push(upstream);
        return null;
      }
      upstream.reused = true;
      upstream.user = user;
      return upstream;
    }
    return null;
  }

  open(user: UpstreamUser): Upstream {
    const upstream = new Upstream();
    upstream.user = user;
    upstream.connect({ host: this.endpoint.address, port: this.endpoint.port });
    return upstream;
  }

  /** Takes a connection back. `keepAliveMs`: what the process said; null: nothing. */
  give(upstream: Upstream, now: number, keepAliveMs: number | null): void {
    upstream.user = null;
    upstream.keepMs =
      keepAliveMs === null ? poolLimits.idleMs : Math.min(keepAliveMs - 1_000, poolLimits.longestIdleMs);
    if (this.gone || upstream.keepMs <= 0 || this.#idle.length >= poolLimits.connections) {
      upstream.destroy();
      return;
    }
    upstream.idleSince = now;
    this.#idle.push(upstream);
  }

  /** Closes what lay idle too long, or what closed by itself. */
  sweep(now: number): void {
    if (this.#idle.length === 0) return;
    const kept = this.#idle.filter((upstream) => {
      if (!upstream.destroyed && now - upstream.idleSince <= upstream.keepMs) return true;
      upstream.destroy();
      return false;
    });
    this.#idle.splice(0, this.#idle.length, ...kept);
  }

  leave(): void {
    this.gone = true;
    for (const upstream of this.#idle.splice(0)) upstream.destroy();
  }
}
