/** What verbs are given, over the home of this machine. */
import type { Platform } from '../platform/platform.ts';
import { openTurns } from '../platform/turns.ts';
import type { Store } from '../store/store.ts';
import { buildRunner } from './build-runner.ts';
import { engineClient } from './engine-client.ts';
import { peerOf } from './paths.ts';
import { isListening, leaseFor } from './ports.ts';
import { providers } from './providers.ts';
import { systemClock } from './system.ts';
import { volumePlace } from './volume-place.ts';

/** How long to wait for a runner that is being started again. */
const patienceMs = 10_000;

export function homePlatform(store: Store, home: string): Platform {
  return {
    store,
    engine: engineClient(peerOf(home, 'runner'), { clock: systemClock, patienceMs }),
    builds: buildRunner(home),
    turns: openTurns(systemClock),
    clock: systemClock,
    providers,
    hostsOf: (appName) => [appHost(appName)],
    portFor: (holder) => leaseFor({ store, home }, holder),
    isListening,
    volumeOf: (serviceId, volume) => volumePlace({ store, home }, { serviceId, volume }),
  };
}

export function appHost(appName: string): string {
  return `${appName}.localhost`;
}
