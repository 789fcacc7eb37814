/**
 * What the runner tells the routers, and what they tell back.
 *
 * ```
 * runner ── table n ──► router        the whole table, at each change
 * runner ◄── n, busy ── router        applied; these instances, in no table any more, still have requests in flight
 * ```
 * A process is drained when every router there is has applied a table without it and has none of its requests left. A router
 * that went away has none.
 */

import { Feed } from '../engines/local/feed.ts';
import type { Traffic } from '../engines/local/host.ts';
import type { PortRoute, Route, RouteTable } from '../factors/07-port-binding/route.ts';

export interface RouteBoard extends Traffic {
  /** From now on the table is whole: it goes out, and again at each change. */
  begin(): void;
  /** For one router: the table, then each newer one. The router counts as there until the signal aborts. */
  follow(router: string, signal: AbortSignal): AsyncIterable<RouteTable>;
  report(report: RouterReport): void;
  table(): RouteTable;
}

export interface RouterReport {
  readonly router: string;
  readonly version: number;
  readonly busy: readonly string[];
}

type Reached = Required<Pick<RouteTable, 'routes' | 'ports'>>;

const nothing: Reached = { routes: [], ports: [] };
const pushEveryMs = 20;

/** @param firstVersion higher than any an earlier runner gave: routers take no older table. */
export function openRouteBoard(firstVersion: number): RouteBoard {
  const owners = new Map<string, Reached>();
  const routers = new Map<string, RouterReport>();
  const feed = new Feed<RouteTable>();
  const reports = new Feed<RouterReport>();
  let version = firstVersion;
  let begun = false;
  const table = (): RouteTable => {
    const all = [...owners.values()];
    return { version, routes: all.flatMap(({ routes }) => routes), ports: all.flatMap(({ ports }) => ports) };
  };
  let pushedAt = Number.NEGATIVE_INFINITY;
  let pushing: NodeJS.Timeout | null = null;
  const push = (): void => {
    pushing = null;
    pushedAt = performance.now();
    feed.push(table());
  };
  /** At once after a while without, and then together: a thousand apps that start are not a thousand tables. */
  const change = (): void => {
    version += 1;
    if (!begun || pushing !== null) return;
    const waitMs = pushedAt + pushEveryMs - performance.now();
    if (waitMs <= 0) push();
    else pushing = setTimeout(push, waitMs);
  };
  const isDrained = (instances: readonly string[], since: number): boolean =>
    [...routers.values()].every(
      (router) => router.version >= since && !instances.some((instance) => router.busy.includes(instance)),
    );
  return {
    publish({ id: appId, name: appName }, { hosts, maintenance, endpoints, ports: exported }) {
      const routes = hosts.map((host): Route => ({ host, appId, appName, endpoints, maintenance }));
      const ports = exported.map((one): PortRoute => ({ ...one, appId, appName }));
      const reached: Reached = { routes, ports };
      if (JSON.stringify(owners.get(appId) ?? nothing) === JSON.stringify(reached)) return;
      owners.set(appId, reached);
      change();
    },
    async drained(instances, signal) {
      const since = version;
      const news = reports.read(signal, []);
      if (isDrained(instances, since)) return;
      for await (const _ of news) if (isDrained(instances, since)) return;
    },
    forget(ownerId) {
      if (owners.delete(ownerId)) change();
    },
    begin() {
      begun = true;
      push();
    },
    follow(router, signal) {
      routers.set(router, { router, version: -1, busy: [] });
      signal.addEventListener('abort', () => {
        routers.delete(router);
        reports.push({ router, version: Number.POSITIVE_INFINITY, busy: [] });
      });
      return feed.read(signal, begun ? [table()] : []);
    },
    report(report) {
      if (!routers.has(report.router)) return;
      routers.set(report.router, report);
      reports.push(report);
    },
    table,
  };
}
