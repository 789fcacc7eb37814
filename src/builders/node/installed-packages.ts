/**
 * What an install has put into a root-shaped folder, read from the packages themselves. Packages are other people's files: no
 * link is followed, and one that does not say what it is goes by the name of its folder.
 */
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { InstalledPackage } from '../builder.ts';
import { entriesIn, hasFile } from '../folder.ts';

/** `lockfile` is a path: what Yarn keeps as archives is told from it. */
export function installedPackages(
  root: string,
  { lockfile }: { readonly lockfile: string },
): InstalledPackage[] {
  const app = path.join(root, 'app');
  const found = new Map<string, InstalledPackage>();
  for (const each of [...inFolder(app), ...inArchives(path.join(app, '.yarn/cache'), lockfile)]) {
    found.set(`${each.name}@${each.version ?? ''}`, each);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/** Of the `node_modules` in a folder, and of those of inner folders. */
function* inFolder(folder: string): Generator<InstalledPackage> {
  for (const entry of entriesIn(folder)) {
    if (!entry.isDirectory()) continue;
    const inner = path.join(folder, entry.name);
    if (entry.name === 'node_modules') yield* inModules(inner, '');
    else if (!entry.name.startsWith('.')) yield* inFolder(inner);
  }
}

function* inModules(modules: string, scope: string): Generator<InstalledPackage> {
  for (const entry of entriesIn(modules)) {
    if (!entry.isDirectory()) continue;
    const inner = path.join(modules, entry.name);
    if (entry.name === '.pnpm') yield* inStore(inner);
    else if (entry.name.startsWith('@')) yield* inModules(inner, `${entry.name}/`);
    else if (!entry.name.startsWith('.')) {
      yield readPackage(inner, scope + entry.name);
      yield* inOwnModules(inner);
    }
  }
}

/** pnpm keeps each package as `NAME@VERSION/node_modules/NAME`, its dependencies beside it as links. */
function* inStore(store: string): Generator<InstalledPackage> {
  for (const entry of entriesIn(store)) {
    if (entry.isDirectory() && entry.name.includes('@')) yield* inOwnModules(path.join(store, entry.name));
  }
}

function* inOwnModules(folder: string): Generator<InstalledPackage> {
  const modules = path.join(folder, 'node_modules');
  if (lstatSync(modules, { throwIfNoEntry: false })?.isDirectory() === true) yield* inModules(modules, '');
}

/** Bytes. No package of use describes itself in more. */
const manifestLimit = 4 * 1024 * 1024;

function readPackage(folder: string, folderName: string): InstalledPackage {
  const manifest = readManifest(folder);
  return {
    name: textOr(manifest.name, folderName),
    version: typeof manifest.version === 'string' ? manifest.version : null,
    licences: licencesOf(manifest),
  };
}

interface Manifest {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly license?: unknown;
  readonly licenses?: unknown;
}

function readManifest(folder: string): Manifest {
  const file = path.join(folder, 'package.json');
  if (!hasFile(folder, 'package.json') || lstatSync(file).size > manifestLimit) return {};
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** `license` as npm has it, and the older forms that are still published: an object, or a list of them. */
function licencesOf({ license, licenses }: Manifest): string[] {
  const said = [license, ...(Array.isArray(licenses) ? licenses : [licenses])];
  return said.flatMap((each: unknown) => {
    const type = typeof each === 'object' && each !== null && 'type' in each ? each.type : each;
    return typeof type === 'string' && type.trim() !== '' ? [type.trim()] : [];
  });
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback;
}

/** Archives are `NAME-npm-VERSION-….zip`, a scope's slash written as `-`: which package that is, the lockfile knows. */
function inArchives(cache: string, lockfile: string): InstalledPackage[] {
  if (!existsSync(cache)) return [];
  const archives = entriesIn(cache).map(({ name }) => name);
  const resolutions = readFileSync(lockfile, 'utf8').matchAll(
    /^ {2}resolution: "(@?[^@"]+)@npm:([^":]+)"$/gm,
  );
  return [...resolutions].flatMap(([, name = '', version = '']) => {
    const prefix = `${name.replace('/', '-')}-npm-${version}-`;
    return archives.some((archive) => archive.startsWith(prefix)) ? [{ name, version, licences: [] }] : [];
  });
}
