/**
 * A codebase, read: which commit is this folder at, and what is in it.
 *
 * Three ways lead to a snapshot: `openWorkingCopy`, a folder on disk; `openBare`, a commit in a repository of the platform's own,
 * pushed or being pushed; `openTarball`, what a client sent.
 *
 * Terms
 * - *folder*: what is asked for. It may lie anywhere in a repository; its own tree is what is read, nothing above it.
 * - *snapshot*: one state of that folder, fixed when it was opened. What changes on disk afterwards changes nothing of it.
 * - *tree*: the names, modes and bytes of a snapshot, as Git stores them.
 *
 * Guarantees
 * 1. A snapshot is the commit's own bytes. `.gitattributes` is not applied: no file is left out (`export-ignore`), none is
 *    rewritten (`export-subst`, `ident`, `eol`, filters), so what is built is what was reviewed.
 * 2. Nothing that a repository configures is run, no hook, no monitor, no network, but for the one thing that tells whether
 *    a file on disk was changed: its `clean` filter. As root, Git itself runs as the repository's owner, who could have run
 *    the same.
 * 3. A tree is judged before a byte of it is written: too many files or bytes, or a symbolic link that leads out of the
 *    folder, and nothing is extracted. Who asks for it gets such a tree without those links.
 * 4. Any name that Git can store works, newlines included.
 *
 * What cannot be carried over is a `Warning`: uncommitted changes, submodules, nested repositories, Git LFS pointers.
 */
import type { Revision } from '../factors/01-codebase/revision.ts';

export interface Snapshot {
  readonly revision: Revision;
  readonly files: number;
  /** Bytes of all files together. */
  readonly bytes: number;
  readonly warnings: readonly Warning[];
  /** Those that lead out of the folder, where they are left out; otherwise none. */
  readonly leavingLinks: readonly LeavingLink[];
  /**
   * Writes the tree into an empty folder. May be called more than once.
   * @throws DISK_FULL, SOURCE_UNREADABLE
   */
  extract(into: string, options?: ExtractOptions): Promise<void>;
  /** Lets go of what the snapshot keeps on disk. */
  close(): void;
}

/** As Git keeps them, one character for each byte (latin1). */
export interface LeavingLink {
  readonly path: string;
  readonly target: string;
}

export interface ExtractOptions {
  /** To whom the files shall belong, `into` included. Only root can give it. */
  readonly owner?: UserId;
  readonly signal?: AbortSignal;
}

export interface UserId {
  readonly uid: number;
  readonly gid: number;
}

export interface CodebaseOptions {
  /** `commit`: the tree at HEAD. `worktree`: the files as they lie on disk, but for ignored ones. */
  readonly from: 'commit' | 'worktree';
  readonly limits: SourceLimits;
  /** What becomes of symbolic links that lead out of the folder; default: the tree is refused. */
  readonly leavingLinks?: 'refused' | 'left out';
  /** How long Git may take to look at the files as they lie on disk, in ms; default: a minute. */
  readonly lookWithinMs?: number;
  readonly signal?: AbortSignal;
}

export interface SourceLimits {
  readonly bytes: number;
  readonly files: number;
}

export const defaultSourceLimits: SourceLimits = { bytes: 1024 ** 3, files: 200_000 };

/** Something about the source that its owner should know and that stops nothing. */
export interface Warning {
  readonly code:
    | 'UNCOMMITTED_CHANGES'
    | 'CHANGES_UNKNOWN'
    | 'SUBMODULE_EMPTY'
    | 'LFS_POINTER'
    | 'NESTED_REPOSITORY'
    | 'HISTORY_UNKNOWN';
  /** A sentence that names the first few. */
  readonly message: string;
  readonly names: readonly string[];
}
