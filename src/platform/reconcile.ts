/** After a stop of everything: what the ledger says runs, and the engine knows nothing of, is told to it again. */
import type { App } from '../factors/01-codebase/app.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import { useService } from './bind-service.ts';
import { currentRunning } from './current.ts';
import type { Platform } from './platform.ts';
import { provideServices } from './provide-services.ts';
import { rollout, type Telling } from './rollout.ts';

/** Apps that have a release and not one process. */
export async function idleApps({ store, engine }: Platform): Promise<readonly App[]> {
  const running = new Set((await engine.processes()).map(({ owner }) => owner.id));
  return store.apps().filter(({ id }) => !running.has(id) && store.currentRelease(id)?.slug != null);
}

/** Services that were made and have not one process, though they should. */
export async function idleServices({ store, engine, providers }: Platform): Promise<readonly Service[]> {
  const running = new Set((await engine.processes()).map(({ owner }) => owner.id));
  return store.services().filter((service) => {
    const state = store.serviceState(service.id);
    if (state === null || running.has(service.id)) return false;
    return (providers.get(service.kind)?.processes(service, state) ?? []).length > 0;
  });
}

export function startService(platform: Platform, service: Service, telling: Telling): Promise<void> {
  return platform.turns.take(service, 'start it again', async () => {
    await useService(platform, service, telling);
  });
}

/** Ends what runs of services that were destroyed while the platform was killed. */
export async function endForgottenServices({ store, engine }: Platform): Promise<void> {
  const owners = (await engine.processes())
    .map(({ owner }) => owner)
    .filter(({ kind }) => kind === 'service');
  for (const id of new Set(owners.map((owner) => owner.id)))
    if (store.findService(id) === null) await engine.destroy(id);
}

export function reconcile(platform: Platform, app: App, telling: Telling): Promise<void> {
  return platform.turns.take(app, 'start it again', async () => {
    const running = currentRunning(platform, app);
    if (running === null) return;
    await provideServices(platform, { app, needs: [] }, telling);
    await rollout(platform, running, telling);
  });
}
