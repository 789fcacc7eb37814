/** A folder for one check, named by the process it belongs to: what a killed one left is removed by the next. */
import { spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const defaultShelf = '/var/tmp';
const prefix = 'dozen-check-';

export interface WorkFolder {
  readonly path: string;
  remove(): void;
}

export function makeWorkFolder(shelf = defaultShelf): WorkFolder {
  sweep(shelf);
  const folder = mkdtempSync(path.join(shelf, `${prefix}${process.pid}-${bornAt(process.pid)}-`));
  // The app's user passes through it to its own code.
  chmodSync(folder, 0o711);
  return { path: folder, remove: () => remove(folder) };
}

/** Everybody may write to the shelf: a name alone says nothing of whose it is, or whether it is a link to elsewhere. */
function sweep(shelf: string): void {
  for (const name of readdirSync(shelf)) {
    const [, pid, born] = /^dozen-check-(\d+)-(\d+)-/.exec(name) ?? [];
    const folder = path.join(shelf, name);
    if (pid !== undefined && isOwn(folder) && bornAt(Number(pid)) !== born) remove(folder);
  }
}

function isOwn(folder: string): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.getuid?.();
}

/** In clock ticks since boot; empty when there is no such process. */
function bornAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.replace(/^.*\) /s, '').split(' ')[19] ?? '';
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

/** An app may have closed its folders, and who is not root must open them. Files stay as they are: they may be links into the cache. */
function remove(folder: string): void {
  if (process.getuid?.() !== 0)
    spawnSync('find', [folder, '-type', 'd', '!', '-perm', '-700', '-exec', 'chmod', 'u+rwx', '{}', ';'], {
      stdio: 'ignore',
    });
  spawnSync('rm', ['-rf', '--one-file-system', folder], { stdio: 'ignore' });
}
