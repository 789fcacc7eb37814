/** Walks a tree that is not trusted: no link is followed, nothing is opened that is not a plain file, all is bounded. */
import { closeSync, constants, type Dirent, fstatSync, opendirSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';

export interface Tree {
  readonly root: string;
  /** Relative to the root, with slashes, sorted. */
  readonly files: readonly string[];
  readonly skipped: readonly Skipped[];
}

export interface Skipped {
  readonly path: string;
  readonly why: string;
}

export interface TreeLimits {
  readonly entries: number;
  readonly depth: number;
}

const usual: TreeLimits = { entries: 200_000, depth: 64 };

/** Folders whose content somebody else wrote, or a tool. */
const foreign = new Map(
  Object.entries({
    node_modules: 'installed packages',
    bower_components: 'installed packages',
    jspm_packages: 'installed packages',
    vendor: 'vendored code',
    third_party: 'vendored code',
    '.git': "Git's own",
    '.hg': "Mercurial's own",
    '.svn': "Subversion's own",
    '.yarn': 'archives of packages',
    '.pnp': 'archives of packages',
    '.venv': 'installed packages',
    venv: 'installed packages',
    __pycache__: 'compiled code',
    '.next': 'built code',
    '.nuxt': 'built code',
    '.output': 'built code',
    '.svelte-kit': 'built code',
    '.turbo': 'built code',
    coverage: 'a coverage report',
  }),
);

export async function walkTree(
  root: string,
  { signal, limits = usual }: { signal: AbortSignal; limits?: TreeLimits },
): Promise<Tree> {
  const files: string[] = [];
  const skipped: Skipped[] = [];
  const waiting: string[] = [''];
  let entries = 0;
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    await setImmediate();
    signal.throwIfAborted();
    for (const entry of entriesOf(path.join(root, folder))) {
      const file = folder === '' ? entry.name : `${folder}/${entry.name}`;
      entries += 1;
      if (entries > limits.entries) {
        skipped.push({ path: folder, why: `there are more than ${limits.entries} files` });
        return { root, files: files.sort(), skipped };
      }
      const why = entry.isDirectory() ? whyNotFolder(file, entry.name, limits) : whyNotFile(entry);
      if (why !== null) skipped.push({ path: file, why });
      else if (entry.isDirectory()) waiting.push(file);
      else files.push(file);
    }
  }
  return { root, files: files.sort(), skipped };
}

/** One after the other: nobody has to hold all that lies in a folder. */
function* entriesOf(folder: string): Iterable<Dirent> {
  const opened = opendirSync(folder, { bufferSize: 256 });
  try {
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) yield entry;
  } finally {
    opened.closeSync();
  }
}

function whyNotFolder(file: string, name: string, limits: TreeLimits): string | null {
  if (!readableName(name)) return 'its name is not UTF-8';
  if (file.split('/').length > limits.depth) return `it lies more than ${limits.depth} folders deep`;
  return foreign.get(name) ?? null;
}

function whyNotFile(entry: { name: string; isFile(): boolean; isSymbolicLink(): boolean }): string | null {
  if (entry.isSymbolicLink()) return 'it is a link';
  if (!entry.isFile()) return 'it is not a plain file';
  return readableName(entry.name) ? null : 'its name is not UTF-8';
}

const readableName = (name: string): boolean => !name.includes('\uFFFD');

/** The file's bytes, good until the next file is read; or why they were not read. */
export type Reading = { readonly bytes: Buffer } | { readonly unread: string };

/** Reads one file after the other into one piece of memory. */
export function fileReader(root: string, limitBytes: number): (file: string) => Reading {
  const memory = Buffer.allocUnsafe(limitBytes + 1);
  return (file) => {
    const opened = openPlain(path.join(root, file));
    if (typeof opened === 'string') return { unread: opened };
    try {
      if (!fstatSync(opened).isFile()) return { unread: 'it is not a plain file' };
      const length = fill(opened, memory);
      if (length > limitBytes) return { unread: `it is larger than ${limitBytes / 1024} KiB` };
      return { bytes: memory.subarray(0, length) };
    } finally {
      closeSync(opened);
    }
  };
}

/** A descriptor, or why there is none: a file that may not be read is a fact about the tree. */
function openPlain(file: string): number | string {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return `it cannot be opened: ${(error as NodeJS.ErrnoException).code}`;
  }
}

function fill(descriptor: number, memory: Buffer): number {
  let length = 0;
  while (length < memory.length) {
    const read = readSync(descriptor, memory, length, memory.length - length, null);
    if (read === 0) break;
    length += read;
  }
  return length;
}
