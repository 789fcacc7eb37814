import type { Digest } from '../../base/digest.ts';

/** A state of the codebase that a build can name. */
export interface Revision {
  /** The Git commit, 40 hexadecimal characters; null for a folder or tarball without history. */
  readonly commit: string | null;
  readonly branch: string | null;
  readonly author: string | null;
  /** First line of the commit message. */
  readonly subject: string | null;
  /** Milliseconds since the epoch. */
  readonly committedAt: number | null;
  /** Root commits of the history, sorted: what tells one codebase from another. */
  readonly roots: readonly string[];
  /** Where the app lies in the repository, `''` for its root; `/` as separator. */
  readonly folder: string;
  /** Set when the tree built is not the commit's own: the digest of what was built instead. */
  readonly worktree: Digest | null;
}

/** Of a folder or a tarball, before its digest is known. */
export const withoutHistory: Revision = {
  commit: null,
  branch: null,
  author: null,
  subject: null,
  committedAt: null,
  roots: [],
  folder: '',
  worktree: null,
};

/** Whether both come from one codebase: a common first commit. What is unknown is shared with nobody. */
export function sharesHistory(a: Revision, b: Revision): boolean {
  return a.roots.some((root) => b.roots.includes(root));
}

/** Whether both name one state: what they are built of may be the same where this is false. */
export function isSameRevision(a: Revision, b: Revision): boolean {
  return a.commit === b.commit && a.worktree === b.worktree && a.folder === b.folder;
}

/** How a person names a revision: `1a2b3c4`, `1a2b3c4+d4e5f6a` for files changed since, `files d4e5f6a` for those without history. */
export function shortRevision({ commit, worktree }: Revision): string {
  const files = worktree?.slice(0, 7) ?? null;
  if (commit === null) return files === null ? 'files without a commit' : `files ${files}`;
  return files === null ? commit.slice(0, 7) : `${commit.slice(0, 7)}+${files}`;
}
