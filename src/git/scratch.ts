/**
 * A Git folder of our own that borrows a repository's objects: Git run on it reads none of the repository's configuration,
 * index or attributes, and what it writes stays in it.
 */
import { chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { UserId } from './codebase.ts';

export interface Scratch {
  readonly folder: string;
  /** What Git is told through its environment to use this folder. */
  readonly env: Readonly<Record<string, string>>;
  close(): void;
}

export interface ScratchOptions {
  /** Object folders to borrow from; none when there is no repository. */
  readonly objects: readonly string[];
  readonly objectFormat: string;
  readonly user: UserId | null;
}

/** Highest in Git's order: whatever the tree's own files say, bytes stay as they are and no file is left out. */
const attributes = '* -text -ident -filter -export-ignore -export-subst !working-tree-encoding\n';

export function createScratch({ objects, objectFormat, user }: ScratchOptions): Scratch {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-git-'));
  for (const name of ['objects', 'objects/info', 'refs', 'info']) mkdirSync(path.join(folder, name));
  const version = objectFormat === 'sha1' ? 0 : 1;
  const extension = version === 0 ? '' : `[extensions]\n\tobjectFormat = ${objectFormat}\n`;
  writeFileSync(path.join(folder, 'config'), `[core]\n\trepositoryFormatVersion = ${version}\n${extension}`);
  writeFileSync(path.join(folder, 'HEAD'), 'ref: refs/heads/none\n');
  writeFileSync(path.join(folder, 'info/attributes'), attributes);
  // Through the environment a path with a newline or a colon would need quoting; the file takes C quoting.
  const alternates = objects.map((borrowed) => `${JSON.stringify(borrowed)}\n`).join('');
  writeFileSync(path.join(folder, 'objects/info/alternates'), alternates);
  if (user !== null) give(folder, user);
  return { folder, env: { GIT_DIR: folder }, close: () => rmSync(folder, { recursive: true, force: true }) };
}

function give(folder: string, user: UserId): void {
  chownSync(folder, user.uid, user.gid);
  for (const name of readdirSync(folder)) {
    const child = path.join(folder, name);
    if (lstatSync(child).isDirectory()) give(child, user);
    else chownSync(child, user.uid, user.gid);
  }
}
