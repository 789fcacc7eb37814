import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Evidence, factorOf, type Judgement } from '../law.ts';
import {
  containsAllItsCode,
  holdsOneApp,
  isTrackedInGit,
  needsNothingOutsideItsFolder,
  probes,
} from './probes.ts';

const at = (file: string): Evidence => ({ kind: 'source', file, line: 1, text: file });
const told = ({ outcome, because }: Judgement): string => `${outcome}: ${because}`;

test('probes of the codebase are its own, and no two share an id', () => {
  assert.equal(new Set(probes.map(({ id }) => id)).size, probes.length);
  for (const { id } of probes) assert.equal(factorOf(id), 'codebase');
});

test('a folder is tracked when Git knows its commit, and what the commit does not say is said', () => {
  const said = at('git');
  const commit = { id: '0123456789abcdef', shallow: false, uncommitted: [] };
  const judge = (facts: typeof commit | null): string => told(isTrackedInGit.judge({ commit: facts, said }));
  assert.equal(
    judge(null),
    'broken: Git knows no commit of the folder: it is no repository, or nothing was committed',
  );
  assert.equal(judge(commit), 'holds: The commit is 0123456789ab');
  assert.equal(
    told(isTrackedInGit.judge({ commit: { ...commit, shallow: true, uncommitted: ['a'] }, said })),
    'holds: The commit is 0123456789ab; the clone is shallow, so its history is not there to be read; ' +
      '1 file differs from it on disk and is not checked: a',
  );
  assert.equal(
    told(isTrackedInGit.judge({ commit: { ...commit, uncommitted: ['a', 'b', 'c', 'd'] }, said })),
    'holds: The commit is 0123456789ab; 4 files differ from it on disk and are not checked: a, b, c and 1 more',
  );
});

test('code is missing where a submodule, a pointer or another repository stands for it', () => {
  assert.equal(containsAllItsCode.judge({ missing: [] }).outcome, 'holds');
  const missing = [
    { kind: 'submodule', name: 'lib', at: at('.gitmodules') },
    { kind: 'pointer', name: 'a.bin', at: at('a.bin') },
  ] as const;
  const judged = containsAllItsCode.judge({ missing });
  assert.equal(
    told(judged),
    'broken: 2 parts of the code are not in the commit: lib (submodule), a.bin (Git LFS pointer)',
  );
  assert.deepEqual(judged.evidence, [at('.gitmodules'), at('a.bin')]);
  assert.equal(
    told(containsAllItsCode.judge({ missing: [{ kind: 'nested', name: 'lib', at: at('git') }] })),
    'broken: 1 part of the code is not in the commit: lib (repository of its own)',
  );
});

test('a path out of the folder is named with where it stands', () => {
  assert.equal(needsNothingOutsideItsFolder.judge({ leaving: [] }).outcome, 'holds');
  const leaving = [{ kind: 'dependency', target: '../shared', at: at('package.json') }] as const;
  const judged = needsNothingOutsideItsFolder.judge({ leaving });
  assert.equal(told(judged), 'broken: 1 reference leads out of the folder: dependency ../shared');
  assert.deepEqual(judged.evidence, [at('package.json')]);
});

test('two folders with processes are two apps, one and none are one', () => {
  const judge = (...folders: string[]): string =>
    told(holdsOneApp.judge({ apps: folders.map((folder) => ({ folder, at: at(folder) })) }));
  assert.equal(judge(), 'holds: No folder declares processes of its own: the tree is one app');
  assert.equal(judge('.'), 'holds: Processes are declared in one folder: .');
  assert.equal(judge('.', 'admin'), 'broken: 2 folders declare processes of their own: ., admin');
});
