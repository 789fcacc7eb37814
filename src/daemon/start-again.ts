/** Starts what the ledger says runs and nothing runs of: after a stop of everything, or on a machine it was moved to. */
import type { Platform } from '../platform/platform.ts';
import { idleApps, idleServices, reconcile, startService } from '../platform/reconcile.ts';
import type { Telling } from '../platform/rollout.ts';
import { tidyCredentials } from '../platform/tidy-credentials.ts';
import type { Changes } from './changes.ts';

/** Apps that start beside each other: more would only wait for the same processors. */
const atOnce = 8;

export async function startAgain({
  platform,
  changes,
}: {
  readonly platform: Platform;
  readonly changes: Changes;
}): Promise<void> {
  const services = (await idleServices(platform)).map(
    (service) => (telling: Telling) => startService(platform, service, telling),
  );
  const apps = (await idleApps(platform)).map(
    (app) => (telling: Telling) => reconcile(platform, app, telling),
  );
  const tidied = platform.store
    .services()
    .map((service) => (telling: Telling) => tidyCredentials(platform, service, telling));
  const waiting = [...services, ...apps, ...tidied];
  const startNext = async (): Promise<void> => {
    for (let work = waiting.shift(); work !== undefined; work = waiting.shift())
      await finished(work, changes);
  };
  await Promise.all(Array.from({ length: atOnce }, startNext));
}

/** How it went is in the log, and told to who asks: one that does not start holds up no other. */
async function finished(work: (telling: Telling) => Promise<void>, changes: Changes): Promise<void> {
  const name = changes.start(work);
  for await (const _ of changes.follow(name, new AbortController().signal));
}
