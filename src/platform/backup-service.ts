/** Everything in a service at one moment, as a stream, while it runs. */
import type { Service } from '../factors/04-backing-services/service.ts';
import type { BackupFacts, ServiceProvider } from '../services/provider.ts';
import { useService } from './bind-service.ts';
import type { Platform } from './platform.ts';
import type { Telling } from './rollout.ts';

export type Into = Parameters<ServiceProvider['backup']>[2];

/** @throws SERVICE_NOT_MANAGED for a third party's */
export async function backupService(
  platform: Platform,
  { service, into }: { readonly service: Service; readonly into: Into },
  telling: Telling,
): Promise<BackupFacts> {
  const { provider, host } = await useService(platform, service, telling);
  return provider.backup(service, host, into);
}
