/** How much a process has written: what lies in its writable layer, and what it holds open after deleting it. */
import { statSync } from 'node:fs';
import { chmod, lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { deletedFilesOf, unlessGone } from './proc.ts';

/** What a file takes at least, with its name and its inode: files without content do not come for nothing. */
const smallestBytes = 4096;

/** Bytes below the folder; looks no further once they are more than `enough`. Without end where it is deeper than a path can say. */
export async function bytesBelow(folder: string, enough: number): Promise<number> {
  try {
    return await walk(folder, enough);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return Number.POSITIVE_INFINITY;
    throw error;
  }
}

async function walk(folder: string, enough: number): Promise<number> {
  let bytes = 0;
  const linked = new Set<number>();
  const folders = [folder];
  for (const current of folders) {
    for (const name of await namesIn(current)) {
      const file = path.join(current, name);
      const found = await unlessLost(() => lstat(file));
      if (found === null || linked.has(found.ino)) continue;
      if (found.isDirectory()) folders.push(file);
      else if (found.nlink > 1) linked.add(found.ino);
      bytes += Math.max(found.blocks * 512, smallestBytes);
      if (bytes > enough) return bytes;
    }
  }
  return bytes;
}

/** Of files that the processes have deleted and still hold open. */
export function deletedBytes(pids: readonly number[]): number {
  const inodes = new Map<string, number>();
  for (const file of deletedFilesOf(pids)) {
    const found = unlessGone(() => statSync(file));
    if (found?.isFile()) inodes.set(`${found.dev}:${found.ino}`, found.blocks * 512);
  }
  return [...inodes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** A process of an ordinary user may close a folder to itself, and so to us. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code !== 'EACCES') throw error;
  }
  await unlessLost(() => chmod(folder, 0o700));
  return (await unlessLost(() => readdir(folder))) ?? [];
}

/** Gone meanwhile is an answer. */
async function unlessLost<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
