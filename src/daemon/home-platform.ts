/** What verbs are given, over the home of this machine. */
import type { Platform } from '../platform/platform.ts';
import { openTurns } from '../platform/turns.ts';
import { type Artifacts, openArtifacts } from '../store/artifacts.ts';
import { requireArtifacts } from '../store/garbage.ts';
import { homeFolder } from '../store/home.ts';
import type { Store } from '../store/store.ts';
import { buildRunner } from './build-runner.ts';
import { engineClient } from './engine-client.ts';
import { peerOf } from './paths.ts';
import { isListening, leaseFor, probePort } from './ports.ts';
import { providers } from './providers.ts';
import { systemClock } from './system.ts';
import { volumePlace } from './volume-place.ts';
import { volumesSize } from './volumes-size.ts';

/** How long to wait for a runner that is being started again. */
const patienceMs = 10_000;

export interface HomeParts {
  readonly store: Store;
  readonly home: string;
  readonly artifacts: Artifacts;
  /** Null where no app is brought up. */
  readonly routerPort: number | null;
}

export function homePlatform({ store, home, artifacts, routerPort }: HomeParts): Platform {
  return {
    store,
    engine: engineClient(peerOf(home, 'runner'), { clock: systemClock, patienceMs }),
    builds: buildRunner(home),
    turns: openTurns(systemClock),
    lent: new Set(),
    clock: systemClock,
    providers,
    hostsOf: (appName) => [appHost(appName)],
    urlOf: (host) => `http://${host}${routerPort === null || routerPort === 80 ? '' : `:${routerPort}`}/`,
    portFor: (holder, wanted) => leaseFor({ store, home }, holder, wanted),
    probePort,
    isListening,
    sizeOf: (serviceId) => volumesSize(homeFolder(home, 'engine'), serviceId),
    volumeOf: (serviceId, volume) => volumePlace({ store, home }, { serviceId, volume }),
    requireSlug: (slug, { app, version }) =>
      requireArtifacts(artifacts, slug, { version, keptBuilds: store.appSettings(app.id).keptBuilds }),
  };
}

export function homeArtifacts(home: string): Promise<Artifacts> {
  return openArtifacts(homeFolder(home, 'artifacts'));
}

export function appHost(appName: string): string {
  return `${appName}.localhost`;
}
