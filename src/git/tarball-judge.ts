/**
 * Whether a tarball may become a source: decided of all its entries before a byte of one is kept.
 *
 * Let through: files, folders, symbolic links that stay inside, and hard links to a file that came before, which become
 * copies. A name is relative, in UTF-8, has no `..` and is new; nothing lies under a file or a link. All else is refused.
 *
 * One folder around everything is left off when it is the app: when it holds a `Procfile` or a `package.json`. So what
 * `git archive --prefix=shop/` and code hosts make is deployed as if the folder were not there; another folder stays.
 */
import { userError } from '../base/error.ts';
import type { SourceLimits } from './codebase.ts';
import { checkLinks, checkNames, show, tooLarge } from './tree.ts';

/** What an entry's header says. */
export interface TarHeader {
  readonly name: string;
  readonly type: string | null | undefined;
  readonly size: number;
  readonly mode: number;
  readonly target: string | null;
  /** Keys of its pax header. */
  readonly extensions: readonly string[];
}

/** A part of the source. Paths are bytes, one character each (latin1). */
export type Part =
  | { readonly kind: 'file'; readonly path: string; readonly size: number; readonly executable: boolean }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  /** The same file again; `target` is the path of a file before it. */
  | { readonly kind: 'copy'; readonly path: string; readonly target: string; readonly size: number }
  | { readonly kind: 'folder'; readonly path: string };

const pathLimit = 4096;
const depthLimit = 256;
const appFiles = ['Procfile', 'package.json'];

/** Collects headers, and throws at the first that does not pass. */
export class TarballJudge {
  readonly #limits: SourceLimits;
  readonly #parts = new Map<string, Part>();
  readonly #folders = new Set<string>();
  #files = 0;
  #bytes = 0;

  constructor(limits: SourceLimits) {
    this.#limits = limits;
  }

  /** The part it makes; null for the tarball's own root. */
  hear(header: TarHeader): Part | null {
    const path = pathOf(header.name);
    if (path === '') return null;
    const part = this.#partOf(path, header);
    this.#place(part);
    return part;
  }

  /** The folder to leave off, with its slash; `''`: none. @throws SYMLINK_LEAVES, SOURCE_NAME_FORBIDDEN, SOURCE_EMPTY */
  end(): string {
    const parts = [...this.#parts.values()].filter(({ kind }) => kind !== 'folder');
    if (parts.length === 0) throw empty();
    const around = folderAround(this.#parts);
    checkNames(parts.map(({ path }) => ({ path: path.slice(around.length) })));
    const links = parts.filter((part) => part.kind === 'link');
    checkLinks(new Map(links.map(({ path, target }) => [path.slice(around.length), target])));
    return around;
  }

  #partOf(path: string, { type, size, mode, target, extensions }: TarHeader): Part {
    if (extensions.some((key) => key.startsWith('GNU.sparse'))) throw refused(path, 'is a sparse file');
    switch (type) {
      case 'file':
      case 'contiguous-file':
        return { kind: 'file', path, size, executable: (mode & 0o100) !== 0 };
      case 'directory':
        return { kind: 'folder', path };
      case 'symlink':
        return { kind: 'link', path, target: targetOf(path, target) };
      case 'link':
        return this.#copyOf(path, targetOf(path, target));
      default:
        throw refused(path, `is neither a file nor a folder nor a link, but ${type ?? 'of no known type'}`);
    }
  }

  #copyOf(path: string, name: string): Part {
    const target = this.#parts.get(pathOf(Buffer.from(name, 'latin1').toString()));
    if (target?.kind === 'file') return { kind: 'copy', path, target: target.path, size: target.size };
    if (target?.kind === 'copy') return { ...target, path };
    throw refused(path, `is a hard link to ${show(name)}, which is no file before it`);
  }

  #place(part: Part): void {
    const known = this.#parts.get(part.path);
    if (known !== undefined && !(known.kind === 'folder' && part.kind === 'folder')) {
      throw refused(part.path, 'is in it twice');
    }
    if (part.kind !== 'folder' && this.#folders.has(part.path)) throw refused(part.path, 'is in it twice');
    this.#enter(part.path);
    if (part.kind === 'folder') this.#addFolder(part.path);
    else this.#count('size' in part ? part.size : 0);
    this.#parts.set(part.path, part);
  }

  /** The folders above it: made by entries of their own, or not at all. */
  #enter(path: string): void {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const above = path.slice(0, slash);
      if (this.#folders.has(above)) return;
      if (this.#parts.has(above)) throw refused(path, 'lies in what is no folder');
      this.#addFolder(above);
    }
  }

  #addFolder(path: string): void {
    this.#folders.add(path);
    if (this.#folders.size > this.#limits.files) {
      throw tooLarge(`${this.#folders.size} folders are over the limit of ${this.#limits.files}`);
    }
  }

  #count(size: number): void {
    this.#files += 1;
    this.#bytes += size;
    if (this.#files > this.#limits.files)
      throw tooLarge(`${this.#files} files are over the limit of ${this.#limits.files}`);
    if (this.#bytes > this.#limits.bytes)
      throw tooLarge(`${this.#bytes} bytes are over the limit of ${this.#limits.bytes}`);
  }
}

/** The name as a path of the source; `''` for the tarball's root. */
function pathOf(name: string): string {
  const path = latin1(name)
    .replace(/^(\.\/+)+/, '')
    .replace(/\/+$/, '');
  if (path === '' || path === '.') {
    if (name.startsWith('/')) throw refused(latin1(name), 'is no name inside it');
    return '';
  }
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw refused(latin1(name), 'is no name inside it');
  }
  if (path.length > pathLimit || parts.length > depthLimit) {
    throw refused(
      path.slice(0, 80),
      `is longer than ${pathLimit} bytes or deeper than ${depthLimit} folders`,
    );
  }
  return path;
}

function targetOf(path: string, target: string | null): string {
  if (target === null || target === '') throw refused(path, 'is a link without a target');
  const bytes = latin1(target);
  if (bytes.length > pathLimit) throw refused(path, `has a target of more than ${pathLimit} bytes`);
  return bytes;
}

/** As bytes. The library puts U+FFFD where it found no UTF-8. */
function latin1(text: string): string {
  const bytes = Buffer.from(text).toString('latin1');
  if (text.includes('\0')) throw refused(bytes, 'has a zero byte in a name');
  if (text.includes('\uFFFD')) throw refused(bytes, 'has a name that is not UTF-8');
  return bytes;
}

function folderAround(parts: ReadonlyMap<string, Part>): string {
  const tops = new Set([...parts.keys()].map((path) => path.split('/', 1)[0] ?? ''));
  const [top = ''] = tops;
  const isApp = appFiles.some((name) => ['file', 'copy'].includes(parts.get(`${top}/${name}`)?.kind ?? ''));
  return tops.size === 1 && isApp ? `${top}/` : '';
}

function refused(latin1Path: string, why: string): Error {
  return userError('TARBALL_REFUSED', `Cannot read the tarball: ${show(latin1Path)} ${why}`, {
    hint: 'Make it with "git archive --format=tar.gz -o app.tar.gz HEAD"',
  });
}

function empty(): Error {
  return userError('SOURCE_EMPTY', 'Cannot read the tarball: it holds no files', {
    hint: 'git archive --format=tar.gz -o app.tar.gz HEAD',
  });
}
