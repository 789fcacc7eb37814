/** Who answers for a host. */
export interface Route {
  /** Lower case, without port, e.g. `guestbook.localhost`. */
  readonly host: string;
  readonly appId: string;
  readonly appName: string;
  /** Ready processes only; an empty list is answered with 503. */
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  /** Unique for this start of the process: two starts of `web.1` differ. */
  readonly instance: string;
  /** E.g. `web.1`. */
  readonly process: string;
  /** An IP address, e.g. `127.0.0.1`. */
  readonly address: string;
  readonly port: number;
}

/** All routes of one machine. A table with a higher version replaces one with a lower. */
export interface RouteTable {
  readonly version: number;
  readonly routes: readonly Route[];
}
