/**
 * How an app is reached: its hosts, whether it is in maintenance, and the TCP ports of its types.
 *
 * Hosts and maintenance change beside whatever goes on with the app's processes: a deploy may take an hour, and maintenance is for an
 * app that does not come up, too. They have a turn of their own, in which the engine is told what the store says then. So the
 * last word is the store's, if whoever applies a formation looks again afterwards.
 */
import type { EdgeRules } from '../engines/engine.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { Platform } from './platform.ts';

export interface Reach {
  readonly hosts: readonly string[];
  readonly maintenance: boolean;
  /** By process type. */
  readonly exports: ReadonlyMap<string, number>;
}

export function reachOf({ store, hostsOf }: Platform, app: App): Reach {
  return {
    hosts: [...hostsOf(app.name), ...store.domains(app.id).map(({ hostname }) => hostname)],
    maintenance: store.appSettings(app.id).maintenance,
    exports: new Map(store.exports(app.id).map(({ processType, port }) => [processType, port])),
  };
}

/** Tells the engine the hosts and the maintenance that the store has. */
export function tellReach(platform: Platform, app: App): Promise<void> {
  return takeReach(platform, app, () => platform.engine.reach(app.id, edgeOf(platform, app)));
}

/** The same where they have changed since `told` was read. */
export async function tellReachSince(platform: Platform, app: App, told: EdgeRules): Promise<void> {
  const { hosts, maintenance } = edgeOf(platform, app);
  if (hosts.join() !== told.hosts.join() || maintenance !== told.maintenance) await tellReach(platform, app);
}

/** While nothing changes how the app is reached. */
export function takeReach<T>({ turns }: Platform, { id, name }: App, work: () => Promise<T>): Promise<T> {
  return turns.take({ id: `${id} reach`, name }, 'change how it is reached', work);
}

function edgeOf(platform: Platform, app: App): EdgeRules {
  const { hosts, maintenance } = reachOf(platform, app);
  return { hosts, maintenance };
}
