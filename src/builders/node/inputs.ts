/**
 * What an install may see of an app, and nothing else: so that the layer it makes depends on nothing else.
 *
 * These are the lockfile, the managers' own configuration, patches, every `package.json` of a workspace, and what a dependency
 * points to in the app itself (`file:vendor/x`). Of a `package.json` only the members that an install goes by are kept: a
 * change of a script or a description needs no new install. Scripts that the app itself wants run when it is installed are run
 * later, with the source there (see `lifecycle`).
 */
import { createHash, hash } from 'node:crypto';
import { cpSync, lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Digest } from '../../base/digest.ts';
import { canonicalJson } from '../../base/json.ts';
import type { Lockfile } from '../../factors/02-dependencies/lockfile.ts';
import { entriesIn } from '../folder.ts';

export interface Inputs {
  /** Of every name and byte that the install sees. */
  readonly digest: Digest;
  /** Whether production needs less than the whole. */
  readonly development: boolean;
  /** Scripts of the app's own packages for after the install, in npm's order: those of inner packages first. */
  readonly lifecycle: readonly { readonly folder: string; readonly script: string }[];
}

interface PackageJson {
  readonly [member: string]: unknown;
}

const keptMembers = [
  'name',
  'version',
  'private',
  'type',
  'workspaces',
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'bundleDependencies',
  'bundledDependencies',
  'overrides',
  'resolutions',
  'dependenciesMeta',
  'engines',
  'devEngines',
  'os',
  'cpu',
  'libc',
  'bin',
  'pnpm',
  'allowScripts',
  'installConfig',
];

const settingFiles = [
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  '.pnpmfile.cjs',
  '.pnpmfile.mjs',
  'pnpm-workspace.yaml',
  '.yarn/releases',
  '.yarn/plugins',
  '.yarn/patches',
  '.yarn/cache',
  'patches',
];

const sections = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

/** Copies the inputs of the app in `from` to `to`, both of them the app's folder. */
export function copyInputs(
  from: string,
  { to, lockfile }: { readonly to: string; readonly lockfile: Lockfile },
): Inputs {
  const manifests = readManifests(from);
  for (const [folder, manifest] of manifests) {
    const kept = keptMembers.filter((name) => name in manifest && !(name === 'version' && folder === ''));
    put(
      path.join(to, folder, 'package.json'),
      canonicalJson(Object.fromEntries(kept.map((name) => [name, manifest[name]]))),
    );
  }
  for (const name of [lockfile.file, ...settingFiles, ...localTargets(manifests)]) copy(name, { from, to });
  return {
    digest: digestOf(to),
    development: [...manifests.values()].some((manifest) => names(manifest, 'devDependencies').length > 0),
    lifecycle: [...manifests].reverse().flatMap(([folder, manifest]) => lifecycleOf(folder, manifest)),
  };
}

/** Whether Yarn keeps packages as archives beside the app, for Node to find through a hook, instead of in node_modules. */
export function plugsAndPlays(app: string, lockfile: Lockfile): boolean {
  if (lockfile.kind !== 'yarn' || lockfile.edition === 'classic') return false;
  const settings = path.join(app, '.yarnrc.yml');
  return (
    !readable(settings) || !/^nodeLinker:\s*["']?(node-modules|pnpm)\b/m.test(readFileSync(settings, 'utf8'))
  );
}

/** By folder, the app's own first. */
function readManifests(app: string): Map<string, PackageJson> {
  const root = readManifest(app, '');
  const found = new Map([['', root]]);
  if (!('workspaces' in root) && !readable(path.join(app, 'pnpm-workspace.yaml'))) return found;
  for (const folder of packageFolders(app, '')) found.set(folder, readManifest(app, folder));
  return found;
}

/** Folders below with a `package.json`, but for installed packages. */
function packageFolders(app: string, folder: string): string[] {
  const entries = entriesIn(path.join(app, folder));
  const own = folder !== '' && entries.some((entry) => entry.isFile() && entry.name === 'package.json');
  const below = entries
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== '.git')
    .map((entry) => path.posix.join(folder, entry.name))
    .sort();
  return [...(own ? [folder] : []), ...below.flatMap((child) => packageFolders(app, child))];
}

function readManifest(app: string, folder: string): PackageJson {
  const text = readFileSync(path.join(app, folder, 'package.json'), 'utf8').replace(/^\uFEFF/, '');
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as PackageJson) : {};
  } catch (error) {
    // The app's own was parsed before; an inner one may be a test's fixture, and the install says so if it is not.
    if (error instanceof SyntaxError && folder !== '') return {};
    throw error;
  }
}

function names(manifest: PackageJson, section: string): string[] {
  const found = manifest[section];
  return typeof found === 'object' && found !== null ? Object.keys(found) : [];
}

/** Paths in the app that dependencies name. */
function localTargets(manifests: ReadonlyMap<string, PackageJson>): string[] {
  const found = new Set<string>();
  for (const [folder, manifest] of manifests) {
    for (const section of sections) {
      for (const spec of Object.values((manifest[section] ?? {}) as Record<string, unknown>)) {
        const target = /^(?:file:|link:|portal:)?(\.{0,2}[^:]*)$/.exec(String(spec))?.[1];
        if (target === undefined || !/^(file:|link:|portal:|\.{1,2}\/)/.test(String(spec))) continue;
        const place = path.posix.normalize(path.posix.join(folder, target));
        if (!place.startsWith('..') && !path.posix.isAbsolute(place) && place !== '.') found.add(place);
      }
    }
  }
  return [...found].sort();
}

const groups = [
  { main: 'install', around: ['preinstall', 'postinstall'] },
  { main: 'prepare', around: ['preprepare', 'postprepare'] },
] as const;

/** The main script brings those around it with it. */
function lifecycleOf(folder: string, manifest: PackageJson): Inputs['lifecycle'] {
  const scripts = names(manifest, 'scripts');
  const wanted = groups.flatMap(({ main, around }) => (scripts.includes(main) ? [main] : around));
  return wanted.filter((script) => scripts.includes(script)).map((script) => ({ folder, script }));
}

function copy(name: string, { from, to }: { readonly from: string; readonly to: string }): void {
  const source = path.join(from, name);
  if (!readable(source)) return;
  const filter = (file: string): boolean => path.basename(file) !== 'node_modules';
  mkdirSync(path.dirname(path.join(to, name)), { recursive: true });
  cpSync(source, path.join(to, name), { recursive: true, verbatimSymlinks: true, filter, force: true });
}

function put(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function readable(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

function digestOf(folder: string): Digest {
  const sum = createHash('sha256');
  const visit = (inside: string): void => {
    for (const entry of entriesIn(path.join(folder, inside)).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = path.posix.join(inside, entry.name);
      if (entry.isDirectory()) visit(name);
      else sum.update(canonicalJson([name, contentDigest(path.join(folder, name))]));
    }
  };
  visit('');
  return sum.digest('hex');
}

function contentDigest(file: string): Digest {
  const content = lstatSync(file).isSymbolicLink() ? `link ${readlinkSync(file)}` : readFileSync(file);
  return hash('sha256', content);
}
