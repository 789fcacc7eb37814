/** Ends a service for good, with its data. One that an app is attached to stays. */
import type { Service } from '../factors/04-backing-services/service.ts';
import type { Platform } from './platform.ts';
import { providerOf } from './provide-services.ts';
import type { Telling } from './rollout.ts';
import { hostOf } from './service-host.ts';

/** @throws SERVICE_ATTACHED */
export function destroyService(platform: Platform, service: Service, telling: Telling): Promise<void> {
  const { store, engine, turns } = platform;
  return turns.take(service, 'destroy it', async () => {
    const isUsed = store
      .apps()
      .some(({ id }) => store.attachments(id).some((one) => one.serviceId === service.id));
    if (!isUsed) await providerOf(platform, service).destroy(service, hostOf(platform, service, telling));
    // Here it is refused, or known as gone: what is left then is removed at the next start at the latest.
    store.destroyService(service.id);
    await engine.destroy(service.id);
  });
}
