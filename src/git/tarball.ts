/**
 * Opens a tarball that a client sent.
 *
 * It is read twice: once to be judged whole (`tarball-judge.ts`), once to become a Git tree in a scratch folder. From there on
 * it is a snapshot like any other. As in Git, empty folders, owners, times and modes other than the execute bit are not
 * kept, so a tarball has the digest of the folder it was made from.
 */
import { userError } from '../base/error.ts';
import { withoutHistory } from '../factors/01-codebase/revision.ts';
import type { Snapshot } from './codebase.ts';
import { complaintOf, git, gitFed } from './command.ts';
import { createScratch, type Scratch } from './scratch.ts';
import { digestOf, openTree } from './snapshot.ts';
import { type Entry, type TarballOptions as ReadOptions, readEntries } from './tarball-entries.ts';
import { type Part, TarballJudge } from './tarball-judge.ts';

export interface TarballOptions extends ReadOptions {
  /** The commit the client says its files are based on; nobody can check it. */
  readonly claimed: string | null;
  /** What the client calls it. */
  readonly subject?: string | null;
}

/** @throws TARBALL_REFUSED, TARBALL_UNREADABLE, SOURCE_TOO_LARGE, SOURCE_EMPTY, SOURCE_NAME_FORBIDDEN, SYMLINK_LEAVES, COMMIT_INVALID */
export async function openTarball(file: string, options: TarballOptions): Promise<Snapshot> {
  const { claimed, subject = null, signal } = options;
  if (claimed !== null && !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(claimed)) throw invalid(claimed);
  const judged = await judge(file, options);
  const scratch = createScratch({ objects: [], objectFormat: 'sha256', user: null });
  try {
    const tree = await importTree({ file, judged, scratch }, options);
    const store = { scratch, user: null, cwd: scratch.folder, tree };
    const worktree = await digestOf(store, signal);
    const revision = { ...withoutHistory, commit: claimed, subject, worktree };
    return await openTree(store, {
      revision,
      warnings: [],
      options: { limits: options.limits, ...(signal && { signal }) },
    });
  } catch (error) {
    scratch.close();
    throw error;
  }
}

interface Judged {
  /** One for each entry of the tarball, in its order; null for its root. */
  readonly parts: readonly (Part | null)[];
  /** What is left off of each path. */
  readonly around: string;
}

async function judge(file: string, options: ReadOptions): Promise<Judged> {
  const verdict = new TarballJudge(options.limits);
  const parts: (Part | null)[] = [];
  for await (const entry of readEntries(file, options)) {
    const { name, type, size = 0, mode = 0, linkname, pax } = entry.header;
    const extensions = Object.keys(pax ?? {});
    parts.push(verdict.hear({ name, type, size, mode, target: linkname ?? null, extensions }));
    entry.resume();
  }
  return { parts, around: verdict.end() };
}

interface Importing {
  readonly file: string;
  readonly judged: Judged;
  readonly scratch: Scratch;
}

/** @returns the tree's name. */
async function importTree(importing: Importing, options: ReadOptions): Promise<string> {
  const { scratch } = importing;
  const env = { ...scratch.env, GIT_CONFIG_GLOBAL: '/dev/null' };
  const at = { cwd: scratch.folder, user: null, env, signal: options.signal };
  const args = ['-c', 'core.compression=0', 'fast-import', '--quiet', '--done', '--depth=0'];
  const imported = await gitFed(args, { ...at, feed: importScript(importing, options) });
  const named = imported.code === 0 ? await git(['rev-parse', '--verify', `${ref}^{tree}`], at) : imported;
  if (named.code === 0) return named.output.toString().trim();
  throw userError('SOURCE_UNREADABLE', `Cannot read the source: ${complaintOf(named)}`, {
    hint: 'Make the tarball anew with "git archive --format=tar.gz -o app.tar.gz HEAD"',
  });
}

const ref = 'refs/heads/import';

/** What `git fast-import` reads: the contents, each under the number of its entry, then a commit of all names. */
async function* importScript(
  { file, judged }: Importing,
  options: ReadOptions,
): AsyncGenerator<Buffer | string> {
  let at = 0;
  for await (const entry of readEntries(file, options)) {
    yield* blobOf(entry, { part: judged.parts[at] ?? null, mark: at + 1 });
    at += 1;
  }
  yield `commit ${ref}\ncommitter Dozen <dozen> 0 +0000\ndata 0\n\n`;
  yield* namesOf(judged);
  yield 'done\n';
}

async function* blobOf(
  entry: Entry,
  { part, mark }: { readonly part: Part | null; readonly mark: number },
): AsyncGenerator<Buffer | string> {
  if (part?.kind === 'link') {
    yield `blob\nmark :${mark}\ndata ${part.target.length}\n`;
    yield Buffer.from(`${part.target}\n`, 'latin1');
  } else if (part?.kind === 'file') {
    yield `blob\nmark :${mark}\ndata ${part.size}\n`;
    yield* entry;
    yield '\n';
    return;
  }
  entry.resume();
}

function* namesOf({ parts, around }: Judged): Generator<Buffer> {
  const marks = new Map(parts.map((part, at) => [part?.path, { mark: at + 1, part }]));
  for (const part of parts) {
    if (part === null || part.kind === 'folder') continue;
    const { mark, part: content } = marks.get(part.kind === 'copy' ? part.target : part.path) ?? {};
    yield Buffer.from(`M ${modeOf(content)} :${mark} ${quoted(part.path.slice(around.length))}\n`, 'latin1');
  }
}

function modeOf(part: Part | null | undefined): string {
  if (part?.kind === 'link') return '120000';
  return part?.kind === 'file' && part.executable ? '100755' : '100644';
}

/** As C writes strings: any byte may stand in it. */
function quoted(path: string): string {
  return `"${path.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

function invalid(claimed: string): Error {
  return userError(
    'COMMIT_INVALID',
    `Cannot read the tarball: ${JSON.stringify(claimed.slice(0, 80))} is no commit`,
    {
      hint: 'Give the full name that "git rev-parse HEAD" prints, or none',
    },
  );
}
