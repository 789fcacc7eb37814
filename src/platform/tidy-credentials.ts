/**
 * Finishes what a platform that was killed has begun with a service's credentials: the processes of its apps are made those that
 * have the credentials kept, and every other credential is taken back. No app of it changes meanwhile.
 */
import type { App } from '../factors/01-codebase/app.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import { boundTo, useService } from './bind-service.ts';
import { currentRunning } from './current.ts';
import type { Platform } from './platform.ts';
import { rollout, type Telling } from './rollout.ts';

export function tidyCredentials(platform: Platform, service: Service, telling: Telling): Promise<void> {
  const apps = platform.store.apps().filter((app) => hasIt(platform, { app, service }));
  return whileNoneChanges(platform, apps, async () => {
    for (const app of apps) {
      const running = currentRunning(platform, app);
      if (running !== null) await rollout(platform, running, telling);
    }
    await platform.turns.take(service, 'tidy its credentials', async () => {
      const { provider, host } = await useService(platform, service, telling);
      await provider.detachOthers(service, host, [...keptOf(platform, service), ...platform.lent]);
    });
  });
}

/** In the order of their names, as everybody who waits for several must. */
function whileNoneChanges(
  platform: Platform,
  [first, ...others]: readonly App[],
  work: () => Promise<void>,
): Promise<void> {
  if (first === undefined) return work();
  return platform.turns.take(first, 'tidy its credentials', () => whileNoneChanges(platform, others, work));
}

function hasIt(
  { store }: Platform,
  { app, service }: { readonly app: App; readonly service: Service },
): boolean {
  const carried = store.currentRelease(app.id)?.attachments ?? [];
  return [...carried, ...store.attachments(app.id)].some(({ serviceId }) => serviceId === service.id);
}

/** Of what runs, and of what the next releases will carry. */
function keptOf(platform: Platform, service: Service): readonly Secret[] {
  const { store } = platform;
  return store.apps().flatMap((app) => {
    const release = store.currentRelease(app.id);
    const environment = release === null ? null : store.environment(app.id, release.version);
    const running = (release?.attachments ?? [])
      .filter(({ serviceId }) => serviceId === service.id)
      .flatMap(({ variable }) => environment?.get(variable) ?? []);
    const next = boundTo(platform, app).filter(({ attachment }) => attachment.serviceId === service.id);
    return [...running, ...next.map(({ credential }) => credential)];
  });
}
