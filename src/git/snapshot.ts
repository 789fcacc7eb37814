/** A Git tree whose objects are at hand, judged and made a snapshot: the one way into `Snapshot`, wherever the tree came from. */
import { createHash } from 'node:crypto';
import { chownSync, readdirSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { userError } from '../base/error.ts';
import type { Revision } from '../factors/01-codebase/revision.ts';
import type { CodebaseOptions, Snapshot, UserId, Warning } from './codebase.ts';
import { type CommandOptions, complaintOf, git, gitIntoTar, writeFailure } from './command.ts';
import type { Scratch } from './scratch.ts';
import {
  checkLinks,
  checkNames,
  checkSize,
  isPointer,
  leavingAmong,
  parseTree,
  pointerCandidates,
  show,
  standAlone,
  submoduleWarnings,
  type TreeEntry,
} from './tree.ts';

/** A tree, and where its objects are. */
export interface ObjectStore {
  readonly scratch: Scratch;
  readonly user: UserId | null;
  readonly cwd: string;
  readonly tree: string;
}

interface Known {
  readonly revision: Revision;
  readonly warnings: readonly Warning[];
  readonly options: Pick<CodebaseOptions, 'limits' | 'leavingLinks' | 'signal'>;
}

/** Closes the scratch folder when it throws, and with the snapshot. */
export async function openTree(
  store: ObjectStore,
  { revision, warnings, options }: Known,
): Promise<Snapshot> {
  const { scratch, tree } = store;
  try {
    const entries = parseTree(
      await read(store, { args: ['ls-tree', '-r', '-l', '-z', tree], signal: options.signal }),
    );
    const { files, bytes } = checkSize(entries, options.limits);
    checkNames(entries);
    const targets = await readTargets(store, { entries, signal: options.signal });
    const leaving = leavingAmong(targets);
    const areLeftOut = options.leavingLinks === 'left out' && standAlone(leaving, entries);
    if (!areLeftOut) checkLinks(targets);
    const pointers = await pointerWarnings(store, { entries, signal: options.signal });
    return {
      revision,
      files,
      bytes,
      warnings: [...warnings, ...submoduleWarnings(entries), ...pointers],
      leavingLinks: leaving,
      extract: async (into, { owner, signal } = {}) => {
        await extract(store, { into, owner: owner ?? null, signal });
        // A name of the tree is reached through folders of the tree alone.
        for (const link of leaving)
          unlinkSync(Buffer.from(`${Buffer.from(into).toString('latin1')}/${link.path}`, 'latin1'));
      },
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

/** Names, modes and contents in one SHA-256; of the contents, their object names stand in it. */
export async function digestOf(store: ObjectStore, signal: AbortSignal | undefined): Promise<string> {
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
