/** The data of services that a restored home has brought: into their volumes, before anything that uses it is started. */
import { createReadStream, existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Platform } from '../../platform/platform.ts';
import { unarchiveService } from '../../platform/service-archive.ts';
import { syncFolder } from '../../store/durable-file.ts';
import { homeFolder } from '../../store/home.ts';
import { tell } from '../leash.ts';

/** One whose file is there has not begun to work yet: brought in again, nothing is lost. */
export async function bringServicesIn(home: string, platform: Platform): Promise<void> {
  const folder = path.join(homeFolder(home, 'services'), 'incoming');
  if (!existsSync(folder)) return;
  const { signal } = new AbortController();
  for (const id of readdirSync(folder)) {
    const file = path.join(folder, id);
    const service = platform.store.findService(id);
    if (service !== null) {
      tell('control', { event: 'restoring', service: service.name });
      await unarchiveService(
        platform,
        { service, from: createReadStream(file) },
        { tell: () => undefined, signal },
      );
    }
    rmSync(file);
    syncFolder(folder);
  }
}
