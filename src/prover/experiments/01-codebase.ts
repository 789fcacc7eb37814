/** What the tree and Git say of the codebase. */
import path from 'node:path';
import {
  containsAllItsCode,
  type DeclaredApp,
  holdsOneApp,
  isTrackedInGit,
  type Missing,
  needsNothingOutsideItsFolder,
} from '../../factors/01-codebase/probes.ts';
import { seen } from '../../factors/law.ts';
import { type Experiment, sourceExperiment } from '../experiment.ts';
import type { Commit, Subject } from '../subject.ts';
import { type AppTree, isOwn, openTree } from '../tree/app-tree.ts';
import { objectOf, readJson } from '../tree/json-file.ts';
import { lineOf, lineOfKey, saidByGit } from '../tree/place.ts';
import { readProcfile } from '../tree/procfile.ts';
import { leavingReferences } from './01-codebase/leaving.ts';

const tracked = sourceExperiment({
  factor: 'codebase',
  name: 'the commit in Git',
  probes: [isTrackedInGit],
  collect: async ({ commit }) =>
    seen({
      commit:
        commit === null
          ? null
          : { id: commit.id, shallow: commit.shallow, uncommitted: warned(commit, 'UNCOMMITTED_CHANGES') },
      said: saidByGit('git rev-parse HEAD names no commit of the folder'),
    }),
});

const whole = sourceExperiment({
  factor: 'codebase',
  name: 'submodules and Git LFS pointers',
  probes: [containsAllItsCode],
  collect: async (subject, signal) =>
    seen({ missing: missingParts(subject, openTree(subject.tree, signal)) }),
});

const outside = sourceExperiment({
  factor: 'codebase',
  name: 'paths that lead out of the folder',
  probes: [needsNothingOutsideItsFolder],
  collect: async ({ tree, leavingLinks }, signal) =>
    seen({ leaving: leavingReferences(openTree(tree, signal), leavingLinks) }),
});

const apps = sourceExperiment({
  factor: 'codebase',
  name: 'folders that declare processes',
  probes: [holdsOneApp],
  collect: async ({ tree }, signal) => seen({ apps: declaredApps(openTree(tree, signal)) }),
});

export const experiments: readonly Experiment[] = [tracked, whole, outside, apps];

/** What Git's reader warned of, as plain names. */
function warned(commit: Commit | null, code: string): readonly string[] {
  const names =
    commit?.warnings.filter((warning) => warning.code === code).flatMap(({ names }) => names) ?? [];
  return names.map((name) => (/^".*"$/s.test(name) ? String(JSON.parse(name)) : name));
}

function missingParts({ commit }: Subject, tree: AppTree): readonly Missing[] {
  const pointers = new Set([
    ...warned(commit, 'LFS_POINTER'),
    ...tree.files.filter((file) => isPointer(tree, file)),
  ]);
  const submodules = new Map([
    ...warned(commit, 'SUBMODULE_EMPTY').map(
      (name) => [name, saidByGit(`${name} is a commit of another repository`)] as const,
    ),
    ...declaredSubmodules(tree),
  ]);
  const nested = new Set([...warned(commit, 'NESTED_REPOSITORY'), ...nestedRepositories(tree)]);
  return [
    ...[...submodules].map(([name, at]) => ({ kind: 'submodule' as const, name, at })),
    ...[...pointers].map((name) => ({
      kind: 'pointer' as const,
      name,
      at: lineOf(name, tree.read(name) ?? '', 1),
    })),
    ...[...nested].map((name) => ({
      kind: 'nested' as const,
      name,
      at: saidByGit(`${name} is a repository of its own`),
    })),
  ];
}

const pointerStart = 'version https://git-lfs.github.com/spec/';

function isPointer(tree: AppTree, file: string): boolean {
  const size = tree.size(file);
  return size > 100 && size < 1024 && tree.head(file, pointerStart.length) === pointerStart;
}

/** Those of `.gitmodules` whose folder has nothing in it. */
function declaredSubmodules(tree: AppTree): (readonly [string, ReturnType<typeof lineOf>])[] {
  const text = tree.read('.gitmodules') ?? '';
  return text.split('\n').flatMap((line, index) => {
    const [, name] = /^path\s*=\s*"?([^"]+?)"?$/.exec(line.trim()) ?? [];
    if (name === undefined || (tree.has(name) && !tree.emptyFolders.includes(name))) return [];
    return [[name, lineOf('.gitmodules', text, index + 1)] as const];
  });
}

function nestedRepositories(tree: AppTree): readonly string[] {
  const heads = tree.files.filter((file) => file.endsWith('/.git/HEAD') || file.endsWith('/.git'));
  return heads.map((file) => file.slice(0, file.lastIndexOf('/.git')));
}

function declaredApps(tree: AppTree): readonly DeclaredApp[] {
  const found = new Map<string, DeclaredApp>();
  for (const file of tree.files.filter(isOwn)) {
    const at =
      path.posix.basename(file) === 'Procfile'
        ? readProcfile(tree, file)[0]?.at
        : declaresFormation(tree, file);
    const folder = path.posix.dirname(file);
    if (at !== undefined && !found.has(folder)) found.set(folder, { folder, at });
  }
  return [...found.values()];
}

function declaresFormation(tree: AppTree, file: string): ReturnType<typeof lineOfKey> | undefined {
  if (path.posix.basename(file) !== 'app.json') return undefined;
  const json = readJson(tree, file);
  if (json === null || Object.keys(objectOf(objectOf(json.value).formation)).length === 0) return undefined;
  return lineOfKey(file, json.text, ['formation']);
}
