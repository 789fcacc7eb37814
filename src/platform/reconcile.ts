/** After a stop of everything: what the ledger says runs, and the engine knows nothing of, is told to it again. */
import type { App } from '../factors/01-codebase/app.ts';
import { currentRunning } from './current.ts';
import type { Platform } from './platform.ts';
import { provideServices } from './provide-services.ts';
import { rollout, type Telling } from './rollout.ts';

/** Apps that have a release and not one process. */
export async function idleApps({ store, engine }: Platform): Promise<readonly App[]> {
  const running = new Set((await engine.processes()).map(({ owner }) => owner.id));
  return store.apps().filter(({ id }) => !running.has(id) && store.currentRelease(id)?.slug != null);
}

export function reconcile(platform: Platform, app: App, telling: Telling): Promise<void> {
  return platform.turns.take(app, 'start it again', async () => {
    const running = currentRunning(platform, app);
    if (running === null) return;
    await provideServices(platform, { app, needs: [] }, telling);
    await rollout(platform, running, telling);
  });
}
