/** What manifests, lockfiles and installed folders in the tree say of the dependencies. */
import path from 'node:path';
import {
  type ComparedLockfile,
  type Difference,
  type LockedManifest,
  lockfileAgreesWithManifest,
  locksVersions,
  type UnreadLockfile,
  type VendoredFolder,
  vendorsNoPackages,
} from '../../factors/02-dependencies/probe-manifest.ts';
import { seen, some } from '../../factors/law.ts';
import { type Experiment, sourceExperiment } from '../experiment.ts';
import { type AppTree, isOwn, lockfileLimit, openTree } from '../tree/app-tree.ts';
import { lineAt, lineOf } from '../tree/place.ts';
import { type Ecosystem, ecosystems } from './02-manifest/ecosystems.ts';
import type { Locked } from './02-manifest/locked.ts';
import { type Dependency, foldersUp } from './02-manifest/manifests.ts';

const locking = sourceExperiment({
  factor: 'dependencies',
  name: 'a lockfile for each manifest',
  probes: [locksVersions],
  async collect(subject, signal) {
    const tree = openTree(subject.tree, signal);
    const pinned = new Set<string>();
    const manifests = namedManifests(tree).flatMap((named) => {
      const locked = lockedManifest(tree, named, pinned);
      return locked === null ? [] : [locked];
    });
    return seen({ manifests });
  },
});

const agreement = sourceExperiment({
  factor: 'dependencies',
  name: 'each lockfile beside its manifest',
  probes: [lockfileAgreesWithManifest],
  async collect(subject, signal) {
    const tree = openTree(subject.tree, signal);
    const all = namedManifests(tree).flatMap((named) => compare(tree, named));
    return seen({
      compared: all.filter((one) => 'differences' in one),
      unread: all.filter((one) => 'why' in one),
    });
  },
});

const vendored = sourceExperiment({
  factor: 'dependencies',
  name: 'installed packages in the commit',
  probes: [vendorsNoPackages],
  collect: async (subject, signal) => seen({ folders: vendoredFolders(openTree(subject.tree, signal)) }),
});

export const experiments: readonly Experiment[] = [locking, agreement, vendored];

interface Named {
  readonly file: string;
  readonly ecosystem: Ecosystem;
  readonly dependencies: readonly Dependency[];
}

/** Every manifest of the app's own that names a dependency, in the order of the table. */
function namedManifests(tree: AppTree): readonly Named[] {
  return ecosystems.flatMap((ecosystem) =>
    tree.files
      .filter((file) => path.posix.basename(file) === ecosystem.manifest && isOwn(file))
      .map((file) => ({ file, ecosystem, dependencies: ecosystem.read(tree, file) }))
      .filter(({ dependencies }) => dependencies.length > 0),
  );
}

/** @param pinned folders whose `requirements.txt` names a version in each line; it locks its neighbours too */
function lockedManifest(
  tree: AppTree,
  { file, ecosystem, dependencies }: Named,
  pinned: Set<string>,
): LockedManifest | null {
  const folder = path.posix.dirname(file);
  const open = dependencies.filter((dependency) => !dependency.pinned);
  const pinsItself = ecosystem.manifest === 'requirements.txt';
  if (pinsItself && open.length === 0) pinned.add(folder);
  const found = locksOf(tree, { file, ecosystem });
  const byNeighbour =
    pinned.has(folder) && ['requirements.txt', 'pyproject.toml'].includes(ecosystem.manifest);
  const locks = found.length > 0 || !byNeighbour ? found : [path.posix.join(folder, 'requirements.txt')];
  const at = (open.length > 0 ? open : dependencies)
    .slice(0, pinsItself ? evidenceLimit : 1)
    .map(({ at }) => at());
  if (!some(at)) return null;
  return {
    file,
    dependencies: dependencies.length,
    locks: ecosystem.exclusive ? locks : locks.slice(0, 1),
    at,
    pinsItself,
  };
}

/** Pieces of evidence that are shown of one manifest. */
const evidenceLimit = 20;

/** In the nearest folder that has any. */
function locksOf(tree: AppTree, { file, ecosystem }: Pick<Named, 'file' | 'ecosystem'>): readonly string[] {
  for (const folder of foldersUp(file)) {
    const found = Object.keys(ecosystem.locks)
      .map((name) => path.posix.join(folder, name))
      .filter((name) => tree.has(name));
    if (found.length > 0) return found;
  }
  return [];
}

function compare(tree: AppTree, named: Named): readonly (ComparedLockfile | UnreadLockfile)[] {
  return locksOf(tree, named).flatMap((lockfile): (ComparedLockfile | UnreadLockfile)[] => {
    const reader = named.ecosystem.locks[path.posix.basename(lockfile)];
    if (reader === null || reader === undefined)
      return [{ file: lockfile, why: 'is of a kind that is not compared with its manifest' }];
    const text = tree.read(lockfile, lockfileLimit);
    const folder = path.posix.relative(path.posix.dirname(lockfile), path.posix.dirname(named.file));
    const locked = text === null ? undefined : reader(text, folder);
    if (text === null || locked === undefined) return [{ file: lockfile, why: 'cannot be read' }];
    if (locked === null) return [];
    const compared = differencesOf({ named, lockfile, text, locked });
    return [{ manifest: named.file, lockfile, dependencies: named.dependencies.length, ...compared }];
  });
}

interface Pair {
  readonly named: Named;
  readonly lockfile: string;
  readonly text: string;
  readonly locked: Locked;
}

function differencesOf({
  named,
  lockfile,
  text,
  locked,
}: Pair): Pick<ComparedLockfile, 'differing' | 'differences'> {
  const changed = named.dependencies
    .filter(({ range }) => !/^(?:link|portal|workspace|patch):/.test(range))
    .map((dependency) => ({ ...dependency, locked: locked.rangeOf(dependency.name, dependency.range) }))
    .filter((dependency) => dependency.locked !== dependency.range);
  const names = new Set(named.dependencies.map(({ name }) => name));
  const gone = locked.names?.filter((name) => !names.has(name)) ?? [];
  const differences: readonly Difference[] = [
    ...changed
      .slice(0, evidenceLimit)
      .map(({ name, range, locked, at }) => ({ name, declared: range, locked, at: at() })),
    ...gone.slice(0, evidenceLimit).map((name) => ({
      name,
      declared: null,
      locked: locked.rangeOf(name, ''),
      at: lineAt(lockfile, text, text.indexOf(name)),
    })),
  ];
  return { differing: changed.length + gone.length, differences };
}

/** The folders that package managers install into, by how their path ends. */
const installed =
  /(?:^|\/)(?:node_modules|bower_components|jspm_packages|vendor\/bundle|site-packages|__pypackages__)(?=\/)/;

function vendoredFolders(tree: AppTree): readonly VendoredFolder[] {
  const environments = tree.files
    .filter((file) => path.posix.basename(file) === 'pyvenv.cfg' && file.includes('/'))
    .map((file) => path.posix.dirname(file));
  const found = new Map<string, { first: string; files: number }>();
  for (const file of tree.files) {
    const folder = installedAround(file, environments);
    if (folder === null) continue;
    const known = found.get(folder);
    found.set(folder, { first: known?.first ?? file, files: (known?.files ?? 0) + 1 });
  }
  return [...found].map(([folder, { first, files }]) => ({
    folder,
    files,
    at: lineOf(first, tree.read(first) ?? '', 1),
  }));
}

/** The topmost folder of installed packages that a file lies in; null: none, or one that tests bring. */
function installedAround(file: string, environments: readonly string[]): string | null {
  const environment = environments.find((folder) => file.startsWith(`${folder}/`));
  if (environment !== undefined) return isOwn(environment) ? environment : null;
  const match = installed.exec(file);
  if (match === null || !isOwn(`${file.slice(0, match.index)}/`)) return null;
  return file.slice(0, match.index + match[0].length);
}
