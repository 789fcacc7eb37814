/**
 * The HTTP edge: takes a request for a host to a ready process, and back.
 *
 * Terms
 * - *table*: which host goes to which endpoints (room 07). Replaced as a whole; a table with a lower version is ignored. A
 *   host is compared in lower case, without its port and without a trailing dot. `*.example.org` is any one label before
 *   `.example.org`; a host that is in the table itself goes before it.
 * - *exported port*: a TCP port of the table. Its connections go to a ready process of one type, byte for byte, balanced
 *   like requests; each counts as busy until both sides are closed.
 * - *busy*: requests that an endpoint was chosen for and that are not over: the response is not complete, or the request
 *   body is still on its way, or a websocket is open. An endpoint that is in no table any more gets no new request, and its idle
 *   connections are closed at once.
 *
 * Guarantees
 * 1. A request whose table entry has a ready endpoint reaches one. A connection that cannot be opened is tried on another
 *    endpoint, whatever the request. One that breaks before any byte of the response is tried again only for `GET`,
 *    `HEAD` and `OPTIONS` without a body: the app may have acted on it.
 * 2. Bodies stream both ways with back-pressure; nothing is buffered whole. After an early response the rest of the
 *    request body is still relayed.
 * 3. Routes never expire: without news the last table serves.
 * 4. `close` accepts nothing new, lets what is in flight finish, and ends what is left after `graceMs`. A client between two
 *    requests is given a moment to send the next one, which is answered with `Connection: close`.
 * 5. A response that broke off never looks complete to the client.
 * 6. A request that two parsers could read differently is refused, not repaired.
 * 7. A TCP connection streams both ways with back-pressure; an end of one direction is passed on, a break as a break. It is
 *    reset when no process takes it. A port that cannot be listened on is tried again until it is in no table any more.
 *
 * What the app sees: `Host` untouched, `X-Forwarded-For` (the client's address appended: only the last entry is vouched
 * for), `X-Forwarded-Proto`, `X-Forwarded-Port`, `X-Request-Id` (kept when it is 1 to 200 of letters, digits, `-`, `_`; made
 * otherwise), `X-Request-Start` (milliseconds since the epoch), `Via: 1.1 dozen`; hop-by-hop headers and trailers
 * are dropped. `Forwarded` is the client's own word.
 *
 * A client that ends its side of the connection while a request is in flight has left; in a websocket it has only ended its
 * direction.
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
  /**
   * Several routers listen on one port (SO_REUSEPORT). A connection that the kernel has queued for a router that closes goes
   * to another one only where `net.ipv4.tcp_migrate_req` is 1; elsewhere it is reset.
   */
  readonly shared: boolean;
  readonly timeouts: RouterTimeouts;
  /** Called once for each request when its last byte is out, or when it failed. Must not throw. */
  readonly onRequest: (line: RequestLine) => void;
  /** Called once for each connection to an exported port when it is over. Must not throw. */
  readonly onConnection?: (line: ConnectionLine) => void;
}

export interface RouterTimeouts {
  /** To open a connection to a process. */
  readonly connectMs: number;
  /** From the end of the request to the first byte of the response. Heroku: 30 s. */
  readonly firstByteMs: number;
  /** Without a byte either way, while a request body, a response or a websocket is under way. Heroku: 55 s. */
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

export interface ConnectionLine
  extends Pick<RequestLine, 'at' | 'appId' | 'client' | 'process' | 'connectMs' | 'serviceMs'> {
  readonly port: number;
  /** Bytes that the client sent. */
  readonly received: number;
  /** Bytes that the client was sent. */
  readonly sent: number;
  /** Null when both sides ended it, or the client left. */
  readonly code: Extract<RouterCode, 'PROCESS_NONE' | 'PROCESS_UNREACHABLE' | 'PROCESS_BROKE_OFF'> | null;
}

/**
 * - `ROUTE_UNKNOWN` 404: no app has this host
 * - `APP_IN_MAINTENANCE` 503: the app was put into maintenance; its processes run on
 * - `PROCESS_NONE` 503: the app has no ready process
 * - `PROCESS_UNREACHABLE` 502: no ready process took the connection
 * - `PROCESS_BROKE_OFF` 502: the process closed the connection before its response was complete
 * - `PROCESS_GARBLED` 502: the process did not answer in HTTP
 * - `PROCESS_SLOW` 504: no first byte within `firstByteMs`, or silence for `idleMs`
 * - `CLIENT_GONE` 499: the client left before the response was complete, or took nothing of it for `idleMs`
 * - `REQUEST_MALFORMED` 400: it is not valid HTTP/1.1 or HTTP/1.0, or could be read in two ways
 * - `REQUEST_HEAD_TOO_LARGE` 431: its head is over 64 KiB or 200 headers
 * - `REQUEST_SLOW` 408: its head took longer than `headMs`, or its body was silent for `idleMs`
 *
 * Once a response head is out its status stays, in the request line too; the code tells what happened then.
 */
export type RouterCode =
  | 'ROUTE_UNKNOWN'
  | 'APP_IN_MAINTENANCE'
  | 'PROCESS_NONE'
  | 'PROCESS_UNREACHABLE'
  | 'PROCESS_BROKE_OFF'
  | 'PROCESS_GARBLED'
  | 'PROCESS_SLOW'
  | 'CLIENT_GONE'
  | 'REQUEST_MALFORMED'
  | 'REQUEST_HEAD_TOO_LARGE'
  | 'REQUEST_SLOW';
