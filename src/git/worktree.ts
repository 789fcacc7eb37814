/**
 * The files of a folder as they lie on disk, as a Git tree in a scratch folder.
 *
 * Which files: those Git tracks or would offer to track; ignored ones stay behind. Git reads them, so a name with a newline,
 * a mode and a link's target are kept, and a file changed midway is either its old or its new content.
 */
import { lstatSync, type Stats } from 'node:fs';
import { userError } from '../base/error.ts';
import type { CodebaseOptions, UserId, Warning } from './codebase.ts';
import { complaintOf, git, gitWithin, lookLimitMs } from './command.ts';
import type { FoundRepository } from './repository.ts';
import type { Scratch } from './scratch.ts';
import { checkSize, few, show } from './tree.ts';

export interface Worktree {
  readonly folder: string;
  readonly repository: FoundRepository | null;
  readonly scratch: Scratch;
  readonly user: UserId | null;
}

export async function writeWorktree(
  worktree: Worktree,
  options: CodebaseOptions,
): Promise<{ tree: string; warnings: Warning[] }> {
  const { folder, scratch, user } = worktree;
  const { limits, signal } = options;
  const found = sortOut(folder, await listFiles(worktree, options));
  checkSize(found.files, limits);
  if (found.files.length === 0) throw emptyFolder(folder);
  const at = { cwd: folder, user, env: { ...scratch.env, GIT_WORK_TREE: folder }, signal };
  const input = Buffer.from(found.files.map(({ name }) => `${name}\0`).join(''), 'latin1');
  const added = await git(['update-index', '--add', '--remove', '-z', '--stdin'], { ...at, input });
  const written = added.code === 0 ? await git(['write-tree'], at) : added;
  if (written.code !== 0) throw unreadable(folder, complaintOf(written));
  return { tree: written.output.toString().trim(), warnings: found.warnings };
}

/** Names relative to the folder, as latin1. */
async function listFiles(
  { folder, repository, scratch, user }: Worktree,
  { lookWithinMs = lookLimitMs, signal }: CodebaseOptions,
): Promise<string[]> {
  const env = repository === null ? { ...scratch.env, GIT_WORK_TREE: folder } : {};
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listing = await gitWithin(lookWithinMs, args, { cwd: folder, user, env, signal });
  if (listing === null) throw unreadable(folder, `Git had not listed them after ${lookWithinMs / 1000} s`);
  if (listing.code !== 0) throw unreadable(folder, complaintOf(listing));
  const names = listing.output.toString('latin1').split('\0').filter(Boolean);
  return [...new Set(names)];
}

interface Found {
  readonly files: readonly { readonly name: string; readonly size: number }[];
  readonly warnings: Warning[];
}

/** Leaves out what is gone from disk; a folder in the list is a submodule or another repository. */
function sortOut(folder: string, names: readonly string[]): Found {
  const files: { name: string; size: number }[] = [];
  const nested: string[] = [];
  for (const name of names) {
    const stat = look(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]));
    if (stat === null) continue;
    if (stat.isDirectory()) nested.push(show(name.replace(/\/$/, '')));
    else if (stat.isFile() || stat.isSymbolicLink()) files.push({ name, size: stat.size });
  }
  const message = `Repositories inside the app's folder are left out: ${few(nested)}`;
  return {
    files,
    warnings: nested.length === 0 ? [] : [{ code: 'NESTED_REPOSITORY', message, names: nested }],
  };
}

/** Null when nothing is there, or no longer under a folder of that name. */
function look(file: Buffer): Stats | null {
  try {
    return lstatSync(file);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

function emptyFolder(folder: string): Error {
  return userError('SOURCE_EMPTY', `Cannot read ${JSON.stringify(folder)}: it holds no files`, {
    hint: 'Give the path of the folder that holds the app',
  });
}

function unreadable(folder: string, why: string): Error {
  return userError('WORKTREE_UNREADABLE', `Cannot read the files of ${JSON.stringify(folder)}: ${why}`, {
    hint: 'See that its owner can read all of them, and that nothing changes them meanwhile; then try again',
  });
}
