/** What a snapshot's tree holds, and whether it may be extracted. */
import { type DozenError, userError } from '../base/error.ts';
import type { LeavingLink, SourceLimits, Warning } from './codebase.ts';

export interface TreeEntry {
  readonly kind: 'file' | 'link' | 'submodule';
  /** Bytes as Git keeps them, one character each (latin1), so that any name survives. */
  readonly path: string;
  readonly object: string;
  readonly size: number;
}

/** Parses `git ls-tree -r -l -z`. */
export function parseTree(listing: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (const record of listing.toString('latin1').split('\0')) {
    if (record === '') continue;
    const tab = record.indexOf('\t');
    const [mode = '', , object = '', size = '0'] = record.slice(0, tab).split(/ +/);
    entries.push({ kind: kindOf(mode), path: record.slice(tab + 1), object, size: Number(size) || 0 });
  }
  return entries;
}

export function checkSize(
  entries: readonly { readonly size: number }[],
  limits: SourceLimits,
): { files: number; bytes: number } {
  const files = entries.length;
  const bytes = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (files > limits.files) {
    throw tooLarge(`${files} files are over the limit of ${limits.files}`);
  }
  if (bytes > limits.bytes) {
    throw tooLarge(`${bytes} bytes are over the limit of ${limits.bytes}`);
  }
  return { files, bytes };
}

/** Git itself refuses such names when it writes a tree; a tree that was made by hand may carry them. */
export function checkNames(entries: readonly { readonly path: string }[]): void {
  const bad = entries.find((entry) =>
    entry.path.split('/').some((part) => forbidden.has(part.toLowerCase())),
  );
  if (bad === undefined) return;
  throw userError(
    'SOURCE_NAME_FORBIDDEN',
    `Cannot read the source: it holds a file named ${show(bad.path)}`,
    {
      hint: 'Remove it from the commit and commit again',
    },
  );
}

const forbidden = new Set(['', '.', '..', '.git']);

/** @throws SYMLINK_LEAVES */
export function checkLinks(targets: ReadonlyMap<string, string>): void {
  const [leaving] = leavingAmong(targets);
  if (leaving !== undefined) throw linkLeaves(leaving);
}

/**
 * Symbolic links that lead out of the tree. A target is followed as the kernel would, through other links of the tree; one that
 * leads nowhere inside stays inside.
 */
export function leavingAmong(targets: ReadonlyMap<string, string>): readonly LeavingLink[] {
  return [...targets].filter(([path]) => leaves(path, targets)).map(([path, target]) => ({ path, target }));
}

/** Paths as Git keeps them. */
export function linkLeaves({ path, target }: LeavingLink): DozenError {
  return userError(
    'SYMLINK_LEAVES',
    `Cannot read the source: the symbolic link ${show(path)} leads out of the app's folder, to ${show(target)}`,
    { hint: 'Replace it by a copy of what it points to and commit that' },
  );
}

/**
 * Whether each name of a link is that of nothing else, nor of a folder of the tree: a tree made by hand may have two of one name,
 * and what lies below the one would be written through the other.
 */
export function standAlone(links: readonly LeavingLink[], entries: readonly TreeEntry[]): boolean {
  const names = new Set(links.map(({ path }) => path));
  const others = entries.filter(({ kind, path }) => kind !== 'link' || !names.has(path));
  return (
    others.every(({ path }) => placesOn(path).every((place) => !names.has(place))) &&
    entries.length - others.length === names.size
  );
}

/** A path, and those of the folders it lies in. */
function placesOn(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** The kernel gives up after this many links in one name. */
const linkLimit = 40;

function leaves(link: string, targets: ReadonlyMap<string, string>): boolean {
  const open = link.split('/').reverse();
  const at: string[] = [];
  for (let followed = 0; open.length > 0; ) {
    const part = open.pop() ?? '';
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (at.length === 0) return true;
      at.pop();
      continue;
    }
    const target = targets.get([...at, part].join('/'));
    if (target === undefined) at.push(part);
    else if (target.startsWith('/')) return true;
    else if (++followed > linkLimit) return false;
    else open.push(...target.split('/').reverse());
  }
  return false;
}

export function submoduleWarnings(entries: readonly TreeEntry[]): Warning[] {
  const names = entries.filter((entry) => entry.kind === 'submodule').map((entry) => show(entry.path));
  if (names.length === 0) return [];
  return [
    {
      code: 'SUBMODULE_EMPTY',
      message: `Submodules are not fetched, their folders are empty: ${few(names)}`,
      names,
    },
  ];
}

const pointerStart = 'version https://git-lfs.github.com/spec/';
const pointerLimit = 1024;

/** Files small enough to be what Git LFS leaves in place of a large one. */
export function pointerCandidates(entries: readonly TreeEntry[]): TreeEntry[] {
  return entries.filter(({ kind, size }) => kind === 'file' && size > 100 && size < pointerLimit);
}

export function isPointer(content: Buffer): boolean {
  return content.subarray(0, pointerStart.length).toString('latin1') === pointerStart;
}

/** The first few of many names. */
export function few(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

/** A path for people: quoted, whatever bytes it holds. */
export function show(latin1: string): string {
  return JSON.stringify(Buffer.from(latin1, 'latin1').toString());
}

function kindOf(mode: string): TreeEntry['kind'] {
  if (mode === '120000') return 'link';
  return mode === '160000' ? 'submodule' : 'file';
}

export function tooLarge(why: string): DozenError {
  return userError('SOURCE_TOO_LARGE', `Cannot read the source: ${why}`, {
    hint: 'Remove large files from the repository, or keep them in a backing service',
  });
}
