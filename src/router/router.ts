/**
 * The HTTP edge: takes a request for a host to a ready process, and back.
 *
 * Terms
 * - *table*: which host goes to which endpoints (room 07). Replaced as a whole; a table with a lower version is ignored.
 * - *busy*: requests of an endpoint whose response is not complete. An endpoint that is in no table any more gets no new
 *   request, and its idle connections are closed at once.
 *
 * Guarantees
 * 1. A request whose table entry has a ready endpoint reaches one; a connection that turns out dead before any byte of
 *    the response is tried on another endpoint when the request can be sent again (no body, or none sent yet).
 * 2. Bodies stream both ways with back-pressure; nothing is buffered whole. After an early response the rest of the
 *    request body is still relayed.
 * 3. Routes never expire: without news the last table serves.
 * 4. `close` accepts nothing new, lets what is in flight finish, and ends what is left after `graceMs`.
 *
 * What the app sees: `Host` untouched, `X-Forwarded-For` (appended), `X-Forwarded-Proto`, `X-Forwarded-Port`,
 * `X-Request-Id` (kept when it is 1 to 200 of letters, digits, `-`, `_`; made otherwise), `X-Request-Start`
 * (milliseconds since the epoch), `Via: 1.1 dozen`; hop-by-hop headers are dropped.
 *
 * What goes wrong has a code, in the page, in the `Dozen-Error` header and in the request's log line: see `RouterCode`.
 */
import type { RouteTable } from '../factors/07-port-binding/route.ts';

export interface Router {
  /** Where it listens. */
  readonly address: { readonly host: string; readonly port: number };
  apply(table: RouteTable): void;
  /** Requests in flight to an instance, whether it is still in a table or not. */
  busy(instance: string): number;
  /** Resolves when no request is in flight to any of these instances, or when the signal aborts. */
  idle(instances: readonly string[], signal: AbortSignal): Promise<void>;
  close(graceMs: number): Promise<void>;
}

export interface RouterOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Several routers listen on one port (SO_REUSEPORT). */
  readonly shared: boolean;
  readonly timeouts: RouterTimeouts;
  /** Called once for each request when its last byte is out, or when it failed. Must not throw. */
  readonly onRequest: (line: RequestLine) => void;
}

export interface RouterTimeouts {
  /** To open a connection to a process. */
  readonly connectMs: number;
  /** From the end of the request to the first byte of the response. Heroku: 30 s. */
  readonly firstByteMs: number;
  /** Without a byte either way, once a response has begun or a websocket is open. Heroku: 55 s. */
  readonly idleMs: number;
  /** For a whole request head to arrive. */
  readonly headMs: number;
  /** A client connection without a request. */
  readonly keepAliveMs: number;
}

export const defaultTimeouts: RouterTimeouts = {
  connectMs: 5_000,
  firstByteMs: 30_000,
  idleMs: 55_000,
  headMs: 30_000,
  keepAliveMs: 75_000,
};

export interface RequestLine {
  /** Milliseconds since the epoch, when the request head was complete. */
  readonly at: number;
  readonly appId: string | null;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly requestId: string;
  /** The client's address. */
  readonly client: string;
  /** E.g. `web.1`; null when none was reached. */
  readonly process: string | null;
  readonly connectMs: number;
  readonly serviceMs: number;
  readonly status: number;
  /** Bytes of the response sent to the client, head included. */
  readonly bytes: number;
  readonly protocol: 'http' | 'https';
  /** Null when the app answered. */
  readonly code: RouterCode | null;
}

/**
 * - `ROUTE_UNKNOWN` 404: no app has this host
 * - `PROCESS_NONE` 503: the app has no ready process
 * - `PROCESS_UNREACHABLE` 502: no ready process took the connection
 * - `PROCESS_BROKE_OFF` 502: the process closed the connection before its response was complete
 * - `PROCESS_GARBLED` 502: the process did not answer in HTTP
 * - `PROCESS_SLOW` 504: no first byte within `firstByteMs`, or silence for `idleMs`
 * - `CLIENT_GONE` 499: the client left before the response was complete
 * - `REQUEST_MALFORMED` 400, `REQUEST_HEAD_TOO_LARGE` 431, `REQUEST_SLOW` 408
 */
export type RouterCode =
  | 'ROUTE_UNKNOWN'
  | 'PROCESS_NONE'
  | 'PROCESS_UNREACHABLE'
  | 'PROCESS_BROKE_OFF'
  | 'PROCESS_GARBLED'
  | 'PROCESS_SLOW'
  | 'CLIENT_GONE'
  | 'REQUEST_MALFORMED'
  | 'REQUEST_HEAD_TOO_LARGE'
  | 'REQUEST_SLOW';
