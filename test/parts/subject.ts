/** Subjects of the prover, made of a folder by the real git: what is committed is what is checked. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { emptyScenario } from '../../src/prover/scenario/scenario.ts';
import type { Commit, Subject } from '../../src/prover/subject.ts';
import { folder, git } from './git-repository.ts';

/**
 * `commit`: everything in the folder is committed. `none`: there is no repository. `submodule`: as `commit`, with each path of
 * `.gitmodules` recorded as a commit of another repository that was not fetched.
 */
export type GitState = 'commit' | 'none' | 'submodule';

export function subjectOf(t: TestContext, source: string, state: GitState = 'commit'): Subject {
  const root = folder(t);
  const copy = path.join(root, 'app');
  copyKnown(source, copy);
  if (state === 'none') return { ...unknown, folder: copy, tree: copy };
  git(copy, 'init', '--quiet', '--initial-branch=trunk');
  git(copy, 'add', '--all', '--force');
  if (state === 'submodule') addSubmodules(copy);
  git(copy, 'commit', '--quiet', '--message=All');
  return { ...unknown, folder: copy, tree: extract(copy, path.join(root, 'tree')), commit: commitOf(copy) };
}

/** What the repository of the tests has of a folder: nothing that was installed or built there. */
function copyKnown(source: string, copy: string): void {
  const names = git(source, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
  for (const name of names.filter((name) => name !== ''))
    cpSync(path.join(source, name), path.join(copy, name), { verbatimSymlinks: true });
}

const unknown = { commit: null, leavingLinks: [], scenario: emptyScenario, scenarioFile: null };

function addSubmodules(copy: string): void {
  const paths = git(copy, 'config', '--file', '.gitmodules', '--get-regexp', '\\.path$').split('\n');
  for (const line of paths)
    git(copy, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},${line.split(' ')[1] ?? ''}`);
}

function extract(copy: string, tree: string): string {
  git(copy, 'archive', '--format=tar', `--output=${tree}.tar`, 'HEAD');
  mkdirSync(tree);
  const run = spawnSync('tar', ['-xf', `${tree}.tar`, '-C', tree], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  return tree;
}

function commitOf(copy: string): Commit {
  const id = git(copy, 'rev-parse', 'HEAD');
  const submodules = git(copy, 'ls-tree', '-r', 'HEAD')
    .split('\n')
    .filter((line) => line.startsWith('160000 '))
    .map((line) => line.slice(line.indexOf('\t') + 1));
  const warning = { code: 'SUBMODULE_EMPTY', message: 'Submodules are not fetched', names: submodules };
  return { id, roots: [id], shallow: false, prefix: '', warnings: submodules.length === 0 ? [] : [warning] };
}
