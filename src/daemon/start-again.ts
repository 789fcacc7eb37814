/** Starts what the ledger says runs and nothing runs of: after a stop of everything, or on a machine it was moved to. */
import type { App } from '../factors/01-codebase/app.ts';
import type { Platform } from '../platform/platform.ts';
import { idleApps, reconcile } from '../platform/reconcile.ts';
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
  const waiting = [...(await idleApps(platform))];
  const startNext = async (): Promise<void> => {
    for (let app = waiting.shift(); app !== undefined; app = waiting.shift())
      await startOne(app, { platform, changes });
  };
  await Promise.all(Array.from({ length: atOnce }, startNext));
}

/** How it went is in the app's log, and told to who asks: one that does not start holds up no other. */
async function startOne(
  app: App,
  { platform, changes }: { readonly platform: Platform; readonly changes: Changes },
): Promise<void> {
  const name = changes.start((telling) => reconcile(platform, app, telling));
  for await (const _ of changes.follow(name, new AbortController().signal));
}
