import { isUtf8 } from 'node:buffer';
import { type Dirent, lchownSync, lstatSync, readdirSync } from 'node:fs';
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

function give(place: Buffer, user: { readonly uid: number; readonly gid: number }): void {
  lchownSync(place, user.uid, user.gid);
  if (!lstatSync(place).isDirectory()) return;
  for (const name of readdirSync(place, { encoding: 'buffer' })) {
    give(Buffer.concat([place, Buffer.from('/'), name]), user);
  }
}
