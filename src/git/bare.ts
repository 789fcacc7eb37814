/**
 * Opens a commit in a bare repository of the platform's own.
 *
 * Git never sees that repository, only a scratch folder that borrows its objects: nothing it configures is read.
 */
import path from 'node:path';
import { userError } from '../base/error.ts';
import type { Snapshot, SourceLimits } from './codebase.ts';
import { git } from './command.ts';
import { findTree, notCommitted, type Repository, readRevision } from './repository.ts';
import { createScratch, type Scratch } from './scratch.ts';
import { openTree } from './snapshot.ts';

export interface BareCommit {
  /** The bare repository's folder. */
  readonly repository: string;
  /** Its full name, in hexadecimal. */
  readonly commit: string;
  /** Where the app lies in it, `''` for its root. */
  readonly folder: string;
  /** Where the objects of a push lie that is not yet accepted; null: the commit is in the repository. */
  readonly quarantine?: string | null;
}

export interface BareOptions {
  /** What the revision's branch shall be: a commit does not know it. */
  readonly branch: string | null;
  readonly limits: SourceLimits;
  readonly signal?: AbortSignal;
}

/** @throws COMMIT_UNKNOWN, SOURCE_NOT_COMMITTED, SOURCE_TOO_LARGE, SOURCE_NAME_FORBIDDEN, SYMLINK_LEAVES, SOURCE_UNREADABLE */
export async function openBare(source: BareCommit, options: BareOptions): Promise<Snapshot> {
  const objectFormat = formatOf(source.commit);
  const objects = [
    ...(source.quarantine ? [source.quarantine] : []),
    path.join(source.repository, 'objects'),
  ];
  if (!isPlain(source.folder)) throw notCommitted({ ...source, name: JSON.stringify(source.folder) });
  const scratch = createScratch({ objects, objectFormat, user: null });
  try {
    const repository = repositoryOf(source, { scratch, objectFormat });
    await checkCommit(repository, options.signal);
    const { revision, warnings } = await readRevision(repository, options);
    const tree = await findTree(repository, options.signal);
    return await openTree(
      { scratch, user: null, cwd: scratch.folder, tree },
      { revision, warnings, options },
    );
  } catch (error) {
    scratch.close();
    throw error;
  }
}

function repositoryOf(
  { commit, folder }: BareCommit,
  { scratch, objectFormat }: { readonly scratch: Scratch; readonly objectFormat: string },
): Repository {
  return {
    name: folder === '' ? 'the app' : JSON.stringify(folder),
    folder: scratch.folder,
    prefix: folder,
    commit,
    objectFormat,
    objects: path.join(scratch.folder, 'objects'),
    user: null,
    env: { ...scratch.env, GIT_CONFIG_GLOBAL: '/dev/null' },
  };
}

/** Git would resolve `./x` and `x//y` too: one folder has one name. */
function isPlain(folder: string): boolean {
  return folder === '' || folder.split('/').every((part) => !['', '.', '..'].includes(part));
}

async function checkCommit({ commit, folder, env }: Repository, signal?: AbortSignal): Promise<void> {
  const args = ['rev-parse', '--verify', '--quiet', `${commit}^{commit}`];
  const found = await git(args, { cwd: folder, user: null, signal, ...(env && { env }) });
  if (found.code !== 0 || found.output.toString().trim() !== commit) throw unknown(commit);
}

function formatOf(commit: string): string {
  if (/^[0-9a-f]{40}$/.test(commit)) return 'sha1';
  if (/^[0-9a-f]{64}$/.test(commit)) return 'sha256';
  throw unknown(commit);
}

function unknown(commit: string): Error {
  return userError(
    'COMMIT_UNKNOWN',
    `Cannot read commit ${JSON.stringify(commit.slice(0, 64))}: the app's repository has no such commit`,
    { hint: 'git push dozen HEAD:main' },
  );
}
