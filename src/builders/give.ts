import { lchownSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { BuildHost } from './builder.ts';

/** Makes a folder and all in it belong to who runs the steps. No link is followed. */
export function giveTo(user: BuildHost['user'], folder: string): void {
  if (user === null) return;
  lchownSync(folder, user.uid, user.gid);
  if (!lstatSync(folder).isDirectory()) return;
  for (const name of readdirSync(folder)) giveTo(user, path.join(folder, name));
}
