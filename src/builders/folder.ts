import { isUtf8 } from 'node:buffer';
import { chmodSync, type Dirent, lchownSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { BuildHost } from './builder.ts';

/** What lies in a folder under names that are texts: no file that a build goes by has another. */
export function entriesIn(folder: string): readonly Dirent[] {
  const legible = new Set(
    readdirSync(folder, { encoding: 'buffer' })
      .filter((name) => isUtf8(name))
      .map((name) => name.toString()),
  );
  return readdirSync(folder, { withFileTypes: true }).filter(({ name }) => legible.has(name));
}

/** A regular file, reached through no link. */
export function hasFile(folder: string, name: string): boolean {
  return lstatSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile() === true;
}

/** Makes a folder and all in it belong to who runs the steps. No link is followed. */
export function giveTo(user: BuildHost['user'], folder: string): void {
  if (user !== null) give(Buffer.from(folder), user);
}

/** Lets everybody read a folder and all in it, and nobody but its owner write, whatever the umask of its maker was. */
export function openToAll(folder: string): void {
  openPlace(Buffer.from(folder));
}

function openPlace(place: Buffer): void {
  const stat = lstatSync(place);
  if (stat.isSymbolicLink()) return;
  chmodSync(place, stat.isDirectory() || (stat.mode & 0o100) !== 0 ? 0o755 : 0o644);
  if (stat.isDirectory())
    for (const name of readdirSync(place, { encoding: 'buffer' })) openPlace(within(place, name));
}

function within(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), name]);
}

function give(place: Buffer, user: { readonly uid: number; readonly gid: number }): void {
  lchownSync(place, user.uid, user.gid);
  if (!lstatSync(place).isDirectory()) return;
  for (const name of readdirSync(place, { encoding: 'buffer' })) {
    give(within(place, name), user);
  }
}
