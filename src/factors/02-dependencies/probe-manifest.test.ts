import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evidence, Judgement } from '../law.ts';
import {
  type LockedManifest,
  lockfileAgreesWithManifest,
  locksVersions,
  vendorsNoPackages,
} from './probe-manifest.ts';

const at = (file: string): Evidence => ({ kind: 'source', file, line: 1, text: file });
const told = ({ outcome, because }: Judgement): string => `${outcome}: ${because}`;

const manifest: LockedManifest = {
  file: 'package.json',
  dependencies: 3,
  locks: ['package-lock.json'],
  at: [at('package.json')],
  pinsItself: false,
};

test('each manifest with dependencies has exactly one lockfile', () => {
  const judge = (...manifests: LockedManifest[]): string => told(locksVersions.judge({ manifests }));
  assert.equal(judge(), 'not-applicable: No manifest names a dependency');
  assert.equal(judge(manifest), 'holds: package.json has package-lock.json');
  assert.equal(
    judge({ ...manifest, locks: [] }),
    'broken: package.json names 3 dependencies, and no lockfile says which versions',
  );
  assert.equal(
    judge({ ...manifest, locks: ['package-lock.json', 'yarn.lock'] }),
    'broken: package.json names 3 dependencies, and package-lock.json and yarn.lock each say which versions',
  );
});

test('requirements.txt is its own lockfile when each line names a version', () => {
  const own = { ...manifest, file: 'requirements.txt', pinsItself: true };
  assert.equal(
    told(locksVersions.judge({ manifests: [{ ...own, locks: ['requirements.txt'] }] })),
    'holds: requirements.txt names a version in each line',
  );
  const judged = locksVersions.judge({ manifests: [manifest, { ...own, locks: [] }] });
  assert.equal(told(judged), 'broken: requirements.txt names 3 dependencies, 1 of them without a version');
  assert.deepEqual(judged.evidence, [at('package.json')]);
});

test('a lockfile agrees when nothing differs, and is unproven when it is not read', () => {
  const compared = {
    manifest: 'package.json',
    lockfile: 'yarn.lock',
    dependencies: 1,
    differing: 0,
    differences: [],
  };
  const unread = [{ file: 'poetry.lock', why: 'cannot be read' }];
  const judge = lockfileAgreesWithManifest.judge;
  assert.equal(
    told(judge({ compared: [], unread: [] })),
    'not-applicable: No manifest has a lockfile of its own',
  );
  assert.equal(
    told(judge({ compared: [compared], unread: [] })),
    'holds: yarn.lock was made for the 1 dependency of package.json',
  );
  assert.equal(told(judge({ compared: [compared], unread })), 'unproven: poetry.lock cannot be read');
  const differences = [
    { name: 'a', declared: '^2', locked: '^1', at: at('a') },
    { name: 'b', declared: '1', locked: null, at: at('b') },
    { name: 'c', declared: null, locked: '1', at: at('c') },
    { name: 'd', declared: '1', locked: null, at: at('d') },
  ];
  const judged = judge({ compared: [{ ...compared, differing: 4, differences }], unread });
  assert.equal(
    told(judged),
    'broken: package.json and yarn.lock disagree: a is ^2 in one, ^1 in the other, b is not in the lockfile, c is no longer in the manifest and 1 more',
  );
  assert.equal(judged.evidence.length, 4);
});

test('installed packages are named with how much of them is committed', () => {
  assert.equal(vendorsNoPackages.judge({ folders: [] }).outcome, 'holds');
  assert.equal(
    told(vendorsNoPackages.judge({ folders: [{ folder: 'node_modules', files: 2, at: at('x') }] })),
    'broken: Installed packages are committed: node_modules with 2 files',
  );
});
