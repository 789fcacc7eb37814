import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameRevision, type Revision, shortRevision, withoutHistory } from './revision.ts';

const committed: Revision = { ...withoutHistory, commit: '1a2b3c4'.padEnd(40, '0') };
const files: Revision = { ...withoutHistory, worktree: 'd4e5f6a'.padEnd(64, '0') };

test('a revision is named by its commit, by its files, or by both', () => {
  assert.equal(shortRevision(committed), '1a2b3c4');
  assert.equal(shortRevision({ ...committed, worktree: files.worktree }), '1a2b3c4+d4e5f6a');
  assert.equal(shortRevision(files), 'files d4e5f6a');
  assert.equal(shortRevision(withoutHistory), 'files without a commit');
});

test('two revisions are the same when commit, files and folder are', () => {
  assert.equal(isSameRevision(committed, { ...committed, branch: 'main', subject: 'again' }), true);
  for (const other of [files, { ...committed, worktree: files.worktree }, { ...committed, folder: 'shop' }])
    assert.equal(isSameRevision(committed, other), false);
});
