/** Opens a folder on disk as a snapshot: of its commit, or of the files as they lie there. */
import { createHash } from 'node:crypto';
import { chownSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { userError } from '../base/error.ts';
import type { Revision } from '../factors/01-codebase/revision.ts';
import type { CodebaseOptions, Snapshot, UserId, Warning } from './codebase.ts';
import { type CommandOptions, complaintOf, git, gitIntoTar, writeFailure } from './command.ts';
import {
  findFolder,
  findRepository,
  type Repository,
  readRevision,
  uncommittedChanges,
} from './repository.ts';
import { createScratch, type Scratch } from './scratch.ts';
import {
  checkLinks,
  checkNames,
  checkSize,
  isPointer,
  parseTree,
  pointerCandidates,
  show,
  submoduleWarnings,
  type TreeEntry,
} from './tree.ts';
import { writeWorktree } from './worktree.ts';

export async function openWorkingCopy(folder: string, options: CodebaseOptions): Promise<Snapshot> {
  const real = findFolder(folder);
  const repository = await findRepository(real, options.signal);
  return options.from === 'worktree'
    ? openWorktree(real, { repository, options })
    : openCommit(folder, { repository, options });
}

interface Opening {
  readonly repository: Repository | null;
  readonly options: CodebaseOptions;
}

async function openCommit(folder: string, { repository, options }: Opening): Promise<Snapshot> {
  if (repository === null) throw notARepository(folder);
  const { signal } = options;
  const { revision, warnings } = await readRevision(repository, signal);
  const tree = await findTree(repository, signal);
  const changes = await uncommittedChanges(repository, signal);
  const scratch = createScratch(repository);
  const store: ObjectStore = { scratch, user: repository.user, cwd: repository.folder, tree };
  return openTree(store, { revision, warnings: [...warnings, ...changes], options });
}

async function openWorktree(folder: string, { repository, options }: Opening): Promise<Snapshot> {
  const { signal } = options;
  const known = repository === null ? null : await readRevision(repository, signal);
  const user = repository?.user ?? ownerOf(folder);
  const scratch = createScratch({
    objects: repository?.objects ?? null,
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

/** A tree, and where its objects are. */
interface ObjectStore {
  readonly scratch: Scratch;
  readonly user: UserId | null;
  readonly cwd: string;
  readonly tree: string;
}

interface Known {
  readonly revision: Revision;
  readonly warnings: readonly Warning[];
  readonly options: CodebaseOptions;
}

async function openTree(store: ObjectStore, { revision, warnings, options }: Known): Promise<Snapshot> {
  const { scratch, tree } = store;
  try {
    const entries = parseTree(
      await read(store, { args: ['ls-tree', '-r', '-l', '-z', tree], signal: options.signal }),
    );
    const { files, bytes } = checkSize(entries, options.limits);
    checkNames(entries);
    checkLinks(await readTargets(store, { entries, signal: options.signal }));
    const pointers = await pointerWarnings(store, { entries, signal: options.signal });
    return {
      revision,
      files,
      bytes,
      warnings: [...warnings, ...submoduleWarnings(entries), ...pointers],
      extract: (into, { owner, signal } = {}) => extract(store, { into, owner: owner ?? null, signal }),
      close: scratch.close,
    };
  } catch (error) {
    scratch.close();
    throw error;
  }
}

async function extract(
  store: ObjectStore,
  to: { readonly into: string; readonly owner: UserId | null; readonly signal: AbortSignal | undefined },
): Promise<void> {
  if (readdirSync(to.into).length > 0) throw new Error(`Cannot extract into ${to.into}: it is not empty`);
  if (to.owner !== null) chownSync(to.into, to.owner.uid, to.owner.gid);
  const { scratch, user, cwd, tree } = store;
  const outcome = await gitIntoTar(['archive', '--format=tar', tree], { cwd, user, env: scratch.env, ...to });
  if (outcome.code !== 0) throw writeFailure(to.into, outcome);
}

async function findTree(repository: Repository, signal: AbortSignal | undefined): Promise<string> {
  const { commit, prefix, folder, user } = repository;
  const resolve = async (name: string): Promise<string | null> => {
    const found = await git(['rev-parse', '--verify', '--quiet', name], { cwd: folder, user, signal });
    return found.code === 0 ? found.output.toString().trim() : null;
  };
  const object = prefix === '' ? commit : await resolve(`${commit}:${prefix}`);
  const tree = object === null ? null : await resolve(`${object}^{tree}`);
  if (tree !== null && tree !== emptyTree(repository.objectFormat)) return tree;
  throw userError(
    'SOURCE_NOT_COMMITTED',
    `Cannot read ${JSON.stringify(folder)} at commit ${commit.slice(0, 7)}: none of its files is committed`,
    { hint: 'git add . && git commit, or deploy the files as they are with --worktree' },
  );
}

/** The tree without entries is known to every repository by this name. */
function emptyTree(objectFormat: string): string {
  return createHash(objectFormat).update('tree 0\0').digest('hex');
}

/** Names, modes and contents in one SHA-256; of the contents, their object names stand in it. */
async function digestOf(store: ObjectStore, signal: AbortSignal | undefined): Promise<string> {
  const listing = await read(store, { args: ['ls-tree', '-r', '-z', store.tree], signal });
  return createHash('sha256').update(listing).digest('hex');
}

async function readTargets(
  store: ObjectStore,
  { entries, signal }: { readonly entries: readonly TreeEntry[]; readonly signal: AbortSignal | undefined },
): Promise<Map<string, string>> {
  const links = entries.filter((entry) => entry.kind === 'link');
  const contents = await readObjects(store, { objects: links.map((link) => link.object), signal });
  return new Map(links.map((link, at) => [link.path, contents[at]?.toString('latin1') ?? '']));
}

async function pointerWarnings(
  store: ObjectStore,
  { entries, signal }: { readonly entries: readonly TreeEntry[]; readonly signal: AbortSignal | undefined },
): Promise<Warning[]> {
  const rules = entries.filter((entry) => path.posix.basename(entry.path) === '.gitattributes');
  const texts = await readObjects(store, { objects: rules.map((rule) => rule.object), signal });
  if (!texts.some((text) => text.includes('filter=lfs'))) return [];
  const candidates = pointerCandidates(entries);
  const contents = await readObjects(store, { objects: candidates.map(({ object }) => object), signal });
  const names = candidates
    .filter((_, at) => isPointer(contents[at] ?? Buffer.alloc(0)))
    .map((c) => show(c.path));
  if (names.length === 0) return [];
  const message = `Git LFS is not fetched, these files are its pointers: ${names.slice(0, 5).join(', ')}`;
  return [{ code: 'LFS_POINTER', message, names }];
}

/** The contents of small objects, in the order asked. */
async function readObjects(
  store: ObjectStore,
  { objects, signal }: { readonly objects: readonly string[]; readonly signal: AbortSignal | undefined },
): Promise<Buffer[]> {
  if (objects.length === 0) return [];
  const all = await read(store, {
    args: ['cat-file', '--batch'],
    input: Buffer.from(`${objects.join('\n')}\n`),
    signal,
  });
  const contents: Buffer[] = [];
  for (let at = 0; at < all.length; ) {
    const end = all.indexOf(10, at);
    const size = Number(all.toString('latin1', at, end).split(' ')[2]);
    contents.push(all.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return contents;
}

interface Reading {
  readonly args: readonly string[];
  readonly input?: Buffer;
  readonly signal: AbortSignal | undefined;
}

async function read(store: ObjectStore, { args, input, signal }: Reading): Promise<Buffer> {
  const { cwd, user, scratch } = store;
  const options: CommandOptions = { cwd, user, env: scratch.env, signal, ...(input && { input }) };
  const outcome = await git(args, options);
  if (outcome.code === 0) return outcome.output;
  throw userError('SOURCE_UNREADABLE', `Cannot read the source: ${complaintOf(outcome)}`, {
    hint: 'Check the repository with "git fsck"; a partial clone lacks objects, "git fetch --refetch" brings them',
  });
}

const withoutHistory: Revision = {
  commit: null,
  branch: null,
  author: null,
  subject: null,
  committedAt: null,
  roots: [],
  folder: '',
  worktree: null,
};

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
