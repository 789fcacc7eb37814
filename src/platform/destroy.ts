/** Ends an app for good: what runs of it, its services' credentials, its log, and the key to its secrets. Its ledger stays. */
import type { App } from '../factors/01-codebase/app.ts';
import { boundTo, takeBack } from './bind-service.ts';
import { exportHolder } from './export-holder.ts';
import type { Platform } from './platform.ts';
import { takeReach } from './reach.ts';
import type { Telling } from './rollout.ts';

/** Services that were made for it stay, detached: their data is not the app's. */
export function destroy(platform: Platform, app: App, telling: Telling): Promise<void> {
  const { store, engine, turns } = platform;
  return turns.take(app, 'destroy it', async () => {
    await takeReach(platform, app, () => engine.destroy(app.id));
    const left = boundTo(platform, app);
    for (const { processType } of store.exports(app.id))
      store.releasePort(exportHolder({ app, processType }));
    store.destroyApp(app.id);
    for (const bound of left) await takeBack(platform, bound, telling);
  });
}
