/** Reads an app's folder as what it is, hostile input: links are not followed, and size, depth and number are limited. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const fileLimit = 2000;
const depthLimit = 12;
/** Bytes of one file. */
const sizeLimit = 512 * 1024;

/** The text of a regular file; null when there is none, or it is over the limit. */
export function textOf(folder: string, name: string): string | null {
  const file = path.join(folder, name);
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) return null;
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    return stat.isFile() && stat.size <= sizeLimit ? readFileSync(descriptor, 'utf8') : null;
  } finally {
    closeSync(descriptor);
  }
}

export interface SourceFiles {
  /** Relative to the folder, in order. */
  readonly names: readonly string[];
  /** Whether there were more than are read. */
  readonly cut: boolean;
}

/** The files of JavaScript and TypeScript that are the app's own and no tests. */
export function sourceFiles(folder: string): SourceFiles {
  const names: string[] = [];
  const visit = (inner: string, depth: number): void => {
    const entries = readdirSync(path.join(folder, inner), { withFileTypes: true });
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      if (names.length > fileLimit) return;
      const name = path.posix.join(inner, entry.name);
      if (entry.isDirectory() && depth < depthLimit && !notTheApps.test(entry.name)) visit(name, depth + 1);
      if (entry.isFile() && isSource(entry.name)) names.push(name);
    }
  };
  visit('', 0);
  return { names: names.slice(0, fileLimit), cut: names.length > fileLimit };
}

const notTheApps =
  /^(?:\..*|node_modules|bower_components|vendor|dist|build|out|coverage|public|static|tests?|specs?|__tests__|examples|docs)$/;

function isSource(name: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(name) && !/\.(?:test|spec|min|d)\.[cm]?[jt]sx?$/.test(name);
}
