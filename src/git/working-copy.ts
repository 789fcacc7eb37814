/** Opens a folder on disk as a snapshot: of its commit, or of the files as they lie there. */
import { lstatSync } from 'node:fs';
import { userError } from '../base/error.ts';
import { type Revision, withoutHistory } from '../factors/01-codebase/revision.ts';
import type { CodebaseOptions, Snapshot, UserId } from './codebase.ts';
import {
  currentBranch,
  type FoundRepository,
  findFolder,
  findRepository,
  findTree,
  hasCommit,
  readRevision,
  uncommittedChanges,
  withoutCommit,
} from './repository.ts';
import { createScratch } from './scratch.ts';
import { digestOf, type ObjectStore, openTree } from './snapshot.ts';
import { writeWorktree } from './worktree.ts';

export async function openWorkingCopy(folder: string, options: CodebaseOptions): Promise<Snapshot> {
  const real = findFolder(folder);
  const repository = await findRepository(real, options.signal);
  return options.from === 'worktree'
    ? openWorktree(real, { repository, options })
    : openCommit(folder, { repository, options });
}

interface Opening {
  readonly repository: FoundRepository | null;
  readonly options: CodebaseOptions;
}

async function openCommit(folder: string, { repository, options }: Opening): Promise<Snapshot> {
  if (repository === null) throw notARepository(folder);
  if (!hasCommit(repository)) throw withoutCommit(repository.folder);
  const { signal } = options;
  const { revision, warnings } = await readRevision(repository, {
    branch: await currentBranch(repository, signal),
    signal,
  });
  const tree = await findTree(repository, signal);
  const changes = await uncommittedChanges(repository, options);
  const scratch = createScratch({ ...repository, objects: [repository.objects] });
  const store: ObjectStore = { scratch, user: repository.user, cwd: repository.folder, tree };
  return openTree(store, { revision, warnings: [...warnings, ...changes], options });
}

async function openWorktree(folder: string, { repository, options }: Opening): Promise<Snapshot> {
  const { signal } = options;
  const committed = repository !== null && hasCommit(repository) ? repository : null;
  const branch = committed === null ? null : await currentBranch(committed, signal);
  const known = committed === null ? null : await readRevision(committed, { branch, signal });
  const user = repository?.user ?? ownerOf(folder);
  const scratch = createScratch({
    objects: repository === null ? [] : [repository.objects],
    objectFormat: repository?.objectFormat ?? 'sha256',
    user,
  });
  try {
    const { tree, warnings } = await writeWorktree({ folder, repository, scratch, user }, options);
    const digest = await digestOf({ scratch, user, cwd: folder, tree }, signal);
    const revision: Revision = { ...(known?.revision ?? withoutHistory), worktree: digest };
    const store: ObjectStore = { scratch, user, cwd: folder, tree };
    return await openTree(store, { revision, warnings: [...(known?.warnings ?? []), ...warnings], options });
  } catch (error) {
    scratch.close();
    throw error;
  }
}

function ownerOf(folder: string): UserId | null {
  if (process.getuid?.() !== 0) return null;
  const { uid, gid } = lstatSync(folder);
  return uid === 0 ? null : { uid, gid };
}

function notARepository(folder: string): Error {
  return userError(
    'NOT_A_REPOSITORY',
    `Cannot read ${JSON.stringify(folder)}: it lies in no Git repository`,
    {
      hint: `cd ${folder} && git init && git add . && git commit -m "First commit"`,
    },
  );
}
