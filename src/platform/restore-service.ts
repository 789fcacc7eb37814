/** What a backup holds in the place of what a service holds. Refused or cut short it leaves the data as it was. */
import type { Service } from '../factors/04-backing-services/service.ts';
import { useService } from './bind-service.ts';
import type { Platform } from './platform.ts';
import type { Telling } from './rollout.ts';

/** @throws BACKUP_DAMAGED, BACKUP_KIND_OTHER; SERVICE_NOT_MANAGED for a third party's */
export function restoreService(
  platform: Platform,
  { service, from }: { readonly service: Service; readonly from: AsyncIterable<Uint8Array> },
  telling: Telling,
): Promise<void> {
  return platform.turns.take(service, 'restore a backup into it', async () => {
    const { provider, host } = await useService(platform, service, telling);
    await provider.restore(service, host, from);
  });
}
