/** The repository a folder lies in, and what it says about its HEAD. */
import { createHash } from 'node:crypto';
import { lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { platformError, userError } from '../base/error.ts';
import type { Revision } from '../factors/01-codebase/revision.ts';
import type { CodebaseOptions, UserId, Warning } from './codebase.ts';
import { type CommandOptions, complaintOf, git, gitWithin, lookLimitMs, type Outcome } from './command.ts';
import { few } from './tree.ts';

export interface FoundRepository {
  /** How messages name what is read. */
  readonly name: string;
  /** Where Git is run: the folder asked for, without symbolic links. */
  readonly folder: string;
  /** Where it lies in the repository, `''` for its root. */
  readonly prefix: string;
  /** Null: it has none yet. */
  readonly commit: string | null;
  readonly objectFormat: string;
  readonly objects: string;
  /** Who runs Git on it; null: the caller. */
  readonly user: UserId | null;
  /** What tells Git where the repository is, when the folder does not. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Repository extends FoundRepository {
  readonly commit: string;
}

/** How long the walk to the first commits may take: a million commits take about 10 s. */
const rootsLimitMs = 20_000;

/** The folder without symbolic links. @throws SOURCE_MISSING */
export function findFolder(folder: string): string {
  try {
    const real = realpathSync(folder);
    if (lstatSync(real).isDirectory()) return real;
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
  }
  throw userError('SOURCE_MISSING', `Cannot read ${JSON.stringify(folder)}: no folder is there`, {
    hint: 'Give the path of the folder that holds the app',
  });
}

/** Null when no parent of the folder is a repository. */
export async function findRepository(folder: string, signal?: AbortSignal): Promise<FoundRepository | null> {
  const marker = findMarker(folder);
  if (marker === null) return null;
  const user = strangerOf(marker);
  const here: CommandOptions = { cwd: folder, user, signal };
  const facts = await git(
    ['rev-parse', '--show-object-format', '--path-format=absolute', '--git-path', 'objects', '--show-prefix'],
    here,
  );
  if (facts.code !== 0) throw unreadable(folder, { marker, outcome: facts });
  const head = await git(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], here);
  const commit = head.code === 0 ? head.output.toString().trim() : null;
  const [objectFormat = '', objects = '', ...rest] = facts.output.toString().split('\n');
  const prefix = rest.join('\n').replace(/\/?\n$/, '');
  const name = JSON.stringify(folder);
  return { name, folder, prefix, commit, objectFormat, objects, user };
}

export function hasCommit(found: FoundRepository): found is Repository {
  return found.commit !== null;
}

export async function currentBranch(
  repository: FoundRepository,
  signal?: AbortSignal,
): Promise<string | null> {
  const branch = await git(['symbolic-ref', '--quiet', '--short', 'HEAD'], at(repository, signal));
  return branch.code === 0 ? branch.output.toString().trimEnd() : null;
}

/** Everything of the revision but its worktree digest. */
export async function readRevision(
  repository: Repository,
  { branch, signal }: { readonly branch: string | null; readonly signal?: AbortSignal | undefined },
): Promise<{ revision: Revision; warnings: Warning[] }> {
  const format = '--format=%an <%ae>%x00%ct%x00%s';
  const log = await git(['log', '-1', format, repository.commit, '--'], at(repository, signal));
  if (log.code !== 0) throw corrupt(repository.name, log);
  const [author = '', seconds = '', subject = ''] = log.output.toString().trimEnd().split('\0');
  const roots = await readRoots(repository, signal);
  const revision: Revision = {
    commit: repository.commit,
    branch,
    author,
    subject,
    committedAt: Number(seconds) * 1000,
    roots: roots ?? [],
    folder: repository.prefix,
    worktree: null,
  };
  return { revision, warnings: roots === null ? [historyUnknown] : [] };
}

/** The tree of the folder at the commit. @throws SOURCE_NOT_COMMITTED */
export async function findTree(repository: Repository, signal: AbortSignal | undefined): Promise<string> {
  const { commit, prefix } = repository;
  const resolve = async (object: string): Promise<string | null> => {
    const found = await git(['rev-parse', '--verify', '--quiet', object], at(repository, signal));
    return found.code === 0 ? found.output.toString().trim() : null;
  };
  const object = prefix === '' ? commit : await resolve(`${commit}:${prefix}`);
  const tree = object === null ? null : await resolve(`${object}^{tree}`);
  if (tree !== null && tree !== emptyTree(repository.objectFormat)) return tree;
  throw notCommitted(repository);
}

/** The tree without entries is known to every repository by this name. */
function emptyTree(objectFormat: string): string {
  return createHash(objectFormat).update('tree 0\0').digest('hex');
}

/** Paths in the folder that differ from HEAD, untracked ones included. */
export async function uncommittedChanges(
  repository: Repository,
  { lookWithinMs = lookLimitMs, signal }: Pick<CodebaseOptions, 'lookWithinMs' | 'signal'>,
): Promise<Warning[]> {
  const status = await gitWithin(
    lookWithinMs,
    ['status', '--porcelain=v1', '-z', '--no-renames', '--ignore-submodules=all', '--', '.'],
    at(repository, signal),
  );
  if (status === null) return [changesUnknown];
  if (status.code !== 0) throw corrupt(repository.name, status);
  const skip = repository.prefix === '' ? 0 : Buffer.byteLength(repository.prefix) + 1;
  const names = status.output
    .toString('latin1')
    .split('\0')
    .filter((record) => record !== '')
    .map((record) => JSON.stringify(Buffer.from(record.slice(3 + skip), 'latin1').toString()));
  if (names.length === 0) return [];
  const message = `Uncommitted changes are not deployed: ${few(names)}`;
  return [{ code: 'UNCOMMITTED_CHANGES', message, names }];
}

/** A shallow clone ends at commits that are no roots: what tells codebases apart is not in it. */
async function readRoots(repository: Repository, signal?: AbortSignal): Promise<string[] | null> {
  const shallow = await git(['rev-parse', '--is-shallow-repository'], at(repository, signal));
  if (shallow.output.toString().trim() !== 'false') return null;
  const args = ['rev-list', '--max-parents=0', repository.commit, '--'];
  const walk = await gitWithin(rootsLimitMs, args, at(repository, signal));
  return walk?.code === 0 ? walk.output.toString().split('\n').filter(Boolean).sort() : null;
}

function at({ folder, user, env }: FoundRepository, signal: AbortSignal | undefined): CommandOptions {
  return { cwd: folder, user, signal, ...(env && { env }) };
}

const changesUnknown: Warning = {
  code: 'CHANGES_UNKNOWN',
  message: 'Whether all changes are committed is not known: Git did not end looking at the files',
  names: [],
};

const historyUnknown: Warning = {
  code: 'HISTORY_UNKNOWN',
  message: "The codebase's first commit is not known: its history is shallow or too long to walk",
  names: [],
};

function findMarker(folder: string): string | null {
  for (let at = folder; ; at = path.dirname(at)) {
    const marker = path.join(at, '.git');
    if (lstatSync(marker, { throwIfNoEntry: false }) !== undefined) return marker;
    if (at === path.dirname(at)) return null;
  }
}

/** As root, the owner of somebody else's repository: what it configures runs with no more than its owner's rights. */
function strangerOf(marker: string): UserId | null {
  if (process.getuid?.() !== 0) return null;
  const { uid, gid } = lstatSync(marker);
  return uid === 0 ? null : { uid, gid };
}

function unreadable(folder: string, found: { readonly marker: string; readonly outcome: Outcome }): Error {
  const { uid } = lstatSync(found.marker);
  if (process.getuid?.() !== 0 && uid !== process.getuid?.()) {
    return userError(
      'REPOSITORY_UNTRUSTED',
      `Cannot read ${JSON.stringify(folder)}: its repository belongs to another user (id ${uid})`,
      { hint: `If you trust it: git config --global --add safe.directory ${path.dirname(found.marker)}` },
    );
  }
  return corrupt(JSON.stringify(folder), found.outcome);
}

export function notCommitted({ name, commit }: Pick<Repository, 'name' | 'commit'>): Error {
  return userError(
    'SOURCE_NOT_COMMITTED',
    `Cannot read ${name} at commit ${commit.slice(0, 7)}: none of its files is committed`,
    { hint: 'git add . && git commit, or deploy the files as they are with --worktree' },
  );
}

function corrupt(name: string, outcome: Outcome): Error {
  if (outcome.code >= 126 && outcome.code !== 128) {
    return platformError('TOOL_FAILED', `Cannot run git: ${complaintOf(outcome)}`);
  }
  return userError(
    'REPOSITORY_UNREADABLE',
    `Cannot read the repository of ${name}: ${complaintOf(outcome)}`,
    { hint: 'Check it with "git fsck"' },
  );
}

export function withoutCommit(folder: string): Error {
  return userError(
    'REPOSITORY_EMPTY',
    `Cannot read ${JSON.stringify(folder)}: its repository has no commit`,
    {
      hint: 'git add . && git commit -m "First commit"',
    },
  );
}
