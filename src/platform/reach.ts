/** How an app is reached: its hosts, whether it is in maintenance, and the TCP ports of its types. */
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
