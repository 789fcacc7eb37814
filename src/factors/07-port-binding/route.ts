/** Who answers for a host. */
export interface Route {
  /** Lower case, without port, e.g. `guestbook.localhost`; `*.` before it stands for any one label. */
  readonly host: string;
  readonly appId: string;
  readonly appName: string;
  /** Ready processes only; an empty list is answered with 503. */
  readonly endpoints: readonly Endpoint[];
  /** Requests are answered with a page that says so, whoever is ready; absent: they are not. */
  readonly maintenance?: boolean;
}

/** A TCP port of the edge whose connections go to the processes of one type. */
export interface PortRoute {
  readonly port: number;
  readonly appId: string;
  readonly appName: string;
  readonly processType: string;
  /** Ready processes only; with none a connection is reset. */
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
  /** Absent: none. */
  readonly ports?: readonly PortRoute[];
}
