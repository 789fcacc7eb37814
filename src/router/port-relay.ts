/**
 * One TCP connection to an exported process type, byte for byte.
 *
 * ```
 * accepted ─► connecting ─► relaying ─► over
 *                │  ▲ └─ refused: the next process
 *                ▼  └────────┘
 *              reset: no process is ready, or none took it
 * ```
 * Nothing of the client is read before a process has taken the connection. Each side that ends its direction ends it on
 * the other; a side that breaks off breaks the other off, so that what is cut never looks complete.
 */
import { connect, type Socket } from 'node:net';
import type { Directory } from './directory.ts';
import { type EndpointPool, poolLimits } from './endpoint-pool.ts';
import type { ConnectionLine, RouterTimeouts } from './router.ts';

export interface PortEdge {
  readonly directory: Directory;
  readonly port: number;
  readonly timeouts: Pick<RouterTimeouts, 'connectMs'>;
  readonly onConnection: (line: ConnectionLine) => void;
}

/** Between probes of a connection that says nothing: one whose other end lost its power is noticed. */
const probeAfterMs = 60_000;

export class PortRelay {
  readonly #edge: PortEdge;
  readonly #client: Socket;
  readonly #at = Date.now();
  readonly #began = performance.now();
  readonly #tried: EndpointPool[] = [];
  readonly #address: string;
  #appId: string | null = null;
  #pool: EndpointPool | null = null;
  #upstream: Socket | null = null;
  #connectMs = 0;
  #brokeOff = false;
  #over = false;

  constructor(edge: PortEdge, client: Socket) {
    this.#edge = edge;
    this.#client = client;
    this.#address = client.remoteAddress ?? '';
    client.setKeepAlive(true, probeAfterMs);
    client.on('error', closeFollows);
    client.once('close', () => this.#closed(client, this.#upstream));
  }

  begin(): void {
    this.#attempt('PROCESS_NONE');
  }

  destroy(): void {
    this.#client.resetAndDestroy();
  }

  /** `otherwise`: what it means when no process is left to try. */
  #attempt(otherwise: 'PROCESS_NONE' | 'PROCESS_UNREACHABLE'): void {
    const entry = this.#edge.directory.exported(this.#edge.port);
    this.#appId = entry?.appId ?? null;
    const pool = entry?.choose(performance.now(), this.#tried) ?? null;
    if (pool === null) {
      this.#client.resetAndDestroy();
      this.#end(otherwise);
      return;
    }
    pool.busy++;
    this.#pool = pool;
    const { address: host, port } = pool.endpoint;
    const upstream = connect({ host, port, allowHalfOpen: true, noDelay: true, keepAlive: true });
    this.#upstream = upstream;
    const tooLong = setTimeout(() => upstream.destroy(), this.#edge.timeouts.connectMs);
    const refused = (): void => {
      clearTimeout(tooLong);
      this.#refused(pool);
    };
    upstream.on('error', closeFollows);
    upstream.once('close', refused);
    upstream.once('connect', () => {
      clearTimeout(tooLong);
      upstream.off('close', refused);
      this.#join(upstream);
    });
  }

  #refused(pool: EndpointPool): void {
    this.#leave();
    if (this.#over) return;
    pool.avoidUntil = performance.now() + poolLimits.avoidMs;
    this.#tried.push(pool);
    this.#attempt('PROCESS_UNREACHABLE');
  }

  #join(upstream: Socket): void {
    this.#connectMs = performance.now() - this.#began;
    upstream.setKeepAlive(true, probeAfterMs);
    upstream.once('close', () => this.#closed(upstream, this.#client));
    this.#client.pipe(upstream);
    upstream.pipe(this.#client);
  }

  /** Both directions ended, and all is handed over: the other side finishes by itself. */
  #closed(one: Socket, other: Socket | null): void {
    const complete = one.readableEnded && one.writableFinished;
    if (!complete && other?.destroyed === false) {
      if (one === this.#upstream) this.#brokeOff = true;
      if (other.connecting) other.destroy();
      else other.resetAndDestroy();
    }
    if (this.#client.destroyed && this.#upstream?.destroyed !== false)
      this.#end(this.#brokeOff ? 'PROCESS_BROKE_OFF' : null);
  }

  #end(code: ConnectionLine['code']): void {
    if (this.#over) return;
    this.#over = true;
    const { bytesRead: received, bytesWritten: sent } = this.#client;
    this.#edge.onConnection({
      at: this.#at,
      appId: this.#appId,
      port: this.#edge.port,
      client: this.#address,
      process: this.#pool?.endpoint.process ?? null,
      connectMs: this.#connectMs,
      serviceMs: performance.now() - this.#began - this.#connectMs,
      received,
      sent,
      code,
    });
    this.#leave();
  }

  #leave(): void {
    const pool = this.#pool;
    this.#pool = null;
    if (pool !== null) this.#edge.directory.done(pool);
  }
}

/** 'close' comes after every 'error', and is what is acted on. */
function closeFollows(): void {
  return;
}
