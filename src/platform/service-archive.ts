/** The data of services on its way out of a platform and into another: for a backup of the whole, and what is made of one. */
import type { Service } from '../factors/04-backing-services/service.ts';
import type { ServiceProvider } from '../services/provider.ts';
import type { Platform } from './platform.ts';
import { providerOf } from './provide-services.ts';
import type { Telling } from './rollout.ts';
import { hostOf } from './service-host.ts';

type Into = Parameters<ServiceProvider['backup']>[2];

/** Those that have data here: not a third party's, nor one that was never created. */
export function servicesWithData(platform: Pick<Platform, 'store' | 'providers'>): readonly Service[] {
  return platform.store.services().filter((service) => {
    const state = platform.store.serviceState(service.id);
    return state !== null && providerOf(platform, service).processes(service, state).length > 0;
  });
}

export async function archiveService(
  platform: Platform,
  { service, into }: { readonly service: Service; readonly into: Into },
  telling: Telling,
): Promise<void> {
  await providerOf(platform, service).backup(service, hostOf(platform, service, telling), into);
}

/** Into a platform whose ledger knows the service and that has nothing of its data. Again after it was cut off is no error. */
export async function unarchiveService(
  platform: Platform,
  { service, from }: { readonly service: Service; readonly from: AsyncIterable<Uint8Array> },
  telling: Telling,
): Promise<void> {
  const provider = providerOf(platform, service);
  const host = hostOf(platform, service, telling);
  await provider.create(service, host);
  await provider.restore(service, host, from);
}
