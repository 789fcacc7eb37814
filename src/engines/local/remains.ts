/** What a run that is over leaves on the machine, and how it goes. */
import { rm } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import type { Cgroups } from './cgroups.ts';
import { removeTree } from './run-folder.ts';

export interface Remains {
  readonly instance: string;
  readonly folder: string;
  /** Path and beginning of the names of its status files. */
  readonly status: string;
}

interface Means {
  readonly clock: Clock;
  readonly cgroups: Cgroups | null;
}

/** The folder goes before the status, so that what is left halfway is found again. */
export async function clearRemains(remains: Remains, { clock, cgroups }: Means): Promise<void> {
  const { folder, status, instance } = remains;
  // A start that was given up may still be at its first steps, and put something into the folder while it is emptied.
  await untilFree(clock, { code: 'ENOTEMPTY', remove: () => removeTree(folder) });
  await Promise.all([rm(`${status}.claim`, { force: true }), rm(`${status}.exit`, { force: true })]);
  // The kernel lets go of a group a moment after its last process.
  if (cgroups !== null)
    await untilFree(clock, { code: 'EBUSY', remove: async () => cgroups.remove(instance) });
}

async function untilFree(
  clock: Clock,
  { code, remove }: { readonly code: string; readonly remove: () => Promise<void> },
): Promise<void> {
  for (let waitMs = 1; ; waitMs *= 2) {
    try {
      return await remove();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== code || waitMs > 1_000) throw error;
    }
    await clock.sleep(waitMs);
  }
}
