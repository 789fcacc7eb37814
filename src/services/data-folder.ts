/**
 * Data that comes from outside on its way into a volume. It is written where no process of a service can see it, so that
 * nobody can put a link in the writer's way, then given to the service's user and moved into the volume in one step.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lchown, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { platformError } from '../base/error.ts';
import type { VolumePlace } from './provider.ts';

export interface Incoming {
  /** Empty at first, for its owner alone. */
  readonly folder: string;
  /** On disk in the volume under that name when it resolves. */
  moveIn(name: string): Promise<void>;
  /** Removes what was not moved. */
  close(): Promise<void>;
}

const prefix = '.incoming-';

/** What one that was cut short left is removed: for one service there is one at a time. */
export async function openIncoming({ folder: volume, owner }: VolumePlace): Promise<Incoming> {
  const parent = path.dirname(volume);
  for (const name of await readdir(parent)) {
    if (name.startsWith(prefix)) await rm(path.join(parent, name), { recursive: true });
  }
  const folder = await mkdtemp(path.join(parent, prefix));
  return {
    folder,
    async moveIn(name) {
      if (owner !== null) await giveAway(folder, owner);
      await syncDisk(folder);
      await rename(folder, path.join(volume, name));
      await syncFolder(volume);
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function giveAway(folder: string, owner: NonNullable<VolumePlace['owner']>): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true }))
    await lchown(path.join(folder, entry), owner.uid, owner.gid);
  await lchown(folder, owner.uid, owner.gid);
}

/** All files at once: a cluster has over a thousand. */
async function syncDisk(folder: string): Promise<void> {
  const run = spawn('sync', ['-f', folder], { stdio: 'ignore' });
  const [code] = (await once(run, 'exit')) as [number | null];
  if (code === 0) return;
  throw platformError(
    'SERVICE_NOT_RESTORED',
    `Cannot restore the backup: sync ended with ${code ?? 'a signal'}`,
    {
      hint: 'Look at the disk (dmesg), then try again; the data is as it was',
    },
  );
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
