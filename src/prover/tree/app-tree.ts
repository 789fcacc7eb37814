/**
 * The tree of a subject as names: its files, its links, its folders. What is in a file is read when it is asked for.
 *
 * The tree is hostile: a link is never followed, a file is read up to a limit, and any name is only a name.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import path from 'node:path';

export interface AppTree {
  /** Relative to the tree, sorted. */
  readonly files: readonly string[];
  readonly links: readonly TreeLink[];
  /** Folders with nothing in them: Git keeps none, so what stands there was not carried over. */
  readonly emptyFolders: readonly string[];
  /** Whether a file, link or folder has this name. */
  has(name: string): boolean;
  /** Null: it is no file, is larger than the limit (of a manifest, if none is given), or is not text. */
  read(file: string, limit?: number): string | null;
  /** The first bytes of a file, as Latin-1; null: it is no file. */
  head(file: string, bytes: number): string | null;
  /** Bytes; 0: a name that cannot be said in UTF-8 finds nothing. */
  size(file: string): number;
}

export interface TreeLink {
  readonly path: string;
  readonly target: string;
}

/** Bytes. */
const manifestLimit = 1024 * 1024;

/** Bytes: that of a large app has twenty million. */
export const lockfileLimit = 64 * 1024 * 1024;

export function openTree(root: string, signal: AbortSignal): AppTree {
  const files: string[] = [];
  const links: TreeLink[] = [];
  const emptyFolders: string[] = [];
  const folders = new Set<string>();
  const open = [''];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    signal.throwIfAborted();
    const entries = readdirSync(path.join(root, folder), { withFileTypes: true });
    if (entries.length === 0 && folder !== '') emptyFolders.push(folder);
    for (const entry of entries) {
      const name = path.posix.join(folder, entry.name);
      if (entry.isSymbolicLink()) links.push({ path: name, target: readlinkSync(path.join(root, name)) });
      else if (entry.isDirectory()) open.push(name);
      else if (entry.isFile()) files.push(name);
      if (entry.isDirectory()) folders.add(name);
    }
  }
  const names = new Set([...files, ...links.map((link) => link.path), ...folders]);
  return {
    files: files.sort(),
    links: links.sort((a, b) => (a.path < b.path ? -1 : 1)),
    emptyFolders: emptyFolders.sort(),
    has: (name) => names.has(name),
    read: (file, limit = manifestLimit) => readText(path.join(root, file), limit),
    head: (file, bytes) => readStart(path.join(root, file), bytes)?.toString('latin1') ?? null,
    size: (file) => lstatSync(path.join(root, file), { throwIfNoEntry: false })?.size ?? 0,
  };
}

function readText(file: string, limit: number): string | null {
  const bytes = readStart(file, limit + 1);
  if (bytes === null || bytes.length > limit || bytes.subarray(0, 8192).includes(0)) return null;
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

function readStart(file: string, limit: number): Buffer | null {
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) return null;
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const bytes = Buffer.alloc(Math.min(limit, fstatSync(descriptor).size));
    return bytes.subarray(0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}

const incidental = new Set([
  'test',
  'tests',
  '__tests__',
  'spec',
  'fixture',
  'fixtures',
  '__fixtures__',
  'testdata',
  'example',
  'examples',
  'doc',
  'docs',
  'node_modules',
  'bower_components',
  'vendor',
  'site-packages',
  'venv',
  '.venv',
]);

/** Whether a file is part of the app itself: no test, example, documentation or package of somebody else. */
export function isOwn(file: string): boolean {
  return !file
    .split('/')
    .slice(0, -1)
    .some((folder) => incidental.has(folder));
}

/** Where a path that a file names leads, relative to the tree; null: out of it. */
export function inside(file: string, named: string): string | null {
  if (path.posix.isAbsolute(named) || named.startsWith('~')) return null;
  const place = path.posix.join(path.posix.dirname(file), named);
  return place === '..' || place.startsWith('../') ? null : place.replace(/\/$/, '');
}
