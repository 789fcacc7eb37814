/**
 * A home made of a backup: whole, or not at all.
 *
 * ```
 * unpacked beside ─► digests compared ─► on disk ─► renamed to what DOZEN_HOME names
 *                                                     └► the first platform over it brings the services' data in
 * ```
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import type { Restored } from '../../api/admin.ts';
import { platformError, userError } from '../../base/error.ts';
import { removeTree } from '../../engines/local/run-folder.ts';
import { makeFolder, syncFolder } from '../../store/durable-file.ts';
import { readArchive } from '../../store/home-archive.ts';
import { unpackRuntimes } from './runtime-tars.ts';

export async function restoreHome(
  home: string,
  { file, signal }: { readonly file: string; readonly signal: AbortSignal },
): Promise<Restored> {
  if (!existsSync(file)) throw missing(file);
  refuseFilled(home);
  makeFolder(path.dirname(home));
  const fresh = mkdtempSync(`${home}.restoring-`);
  try {
    const { version, createdAt, key, services } = await readArchive(file, { folder: fresh, signal });
    await unpackRuntimes(fresh);
    syncDisk(fresh);
    refuseFilled(home);
    if (existsSync(home)) rmdirSync(home);
    renameSync(fresh, home);
    syncFolder(path.dirname(home));
    return { home, version, createdAt, key, services: services.length };
  } finally {
    await removeTree(fresh);
  }
}

function refuseFilled(home: string): void {
  if (!existsSync(home) || readdirSync(home).length === 0) return;
  throw userError('HOME_NOT_EMPTY', `Cannot restore into ${JSON.stringify(home)}: it is not empty`, {
    hint: 'Set DOZEN_HOME to a folder that is not there yet, or move what is there out of the way',
  });
}

function missing(file: string): Error {
  return userError('BACKUP_MISSING', `Cannot restore ${JSON.stringify(file)}: there is no such file`, {
    hint: 'dozen restore --from FILE, with a file that dozen backup made',
  });
}

/** All files at once. */
function syncDisk(folder: string): void {
  const { status } = spawnSync('sync', ['-f', folder], { stdio: 'ignore' });
  if (status === 0) return;
  throw platformError(
    'BACKUP_NOT_WRITTEN',
    `Cannot restore the backup: sync ended with ${status ?? 'a signal'}`,
    {
      hint: 'Look at the disk (dmesg), then try again; nothing was changed',
    },
  );
}
