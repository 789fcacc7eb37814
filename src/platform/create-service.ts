/** Makes a service, attached to nothing yet. What fails leaves none. */
import type { Secret } from '../factors/03-config/secret.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import type { Platform } from './platform.ts';
import { providerOf } from './provide-services.ts';
import type { Telling } from './rollout.ts';
import { hostOf } from './service-host.ts';

export interface NewServiceOrder {
  readonly name: string;
  readonly kind: string;
  /** Null: the newest there is. */
  readonly version: string | null;
  /** Of somebody else's service; null for one that Dozen runs. */
  readonly url: Secret | null;
}

export async function createService(
  platform: Platform,
  { name, kind, version, url }: NewServiceOrder,
  telling: Telling,
): Promise<Service> {
  const { store, engine, turns } = platform;
  const provider = providerOf(platform, { kind, version });
  const service = store.createService({ name, kind, version: version ?? provider.versions[0] ?? null });
  return turns.take(service, 'create it', async () => {
    try {
      if (url !== null) store.saveServiceState(service.id, url);
      await provider.create(service, hostOf(platform, service, telling));
      return service;
    } catch (error) {
      store.destroyService(service.id);
      await engine.destroy(service.id);
      throw error;
    }
  });
}
