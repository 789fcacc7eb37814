import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { commitAll, folder, git, listing, repository, write } from '../../test/parts/git-repository.ts';
import { type BareCommit, openBare } from './bare.ts';
import { defaultSourceLimits, type Snapshot } from './codebase.ts';

const limits = defaultSourceLimits;

/** A bare copy of a repository of these files, and its newest commit. */
function bare(t: TestContext, root: string): BareCommit {
  const copy = path.join(folder(t), 'app.git');
  git(root, 'clone', '--quiet', '--bare', root, copy);
  return { repository: copy, commit: git(root, 'rev-parse', 'HEAD'), folder: '' };
}

async function open(t: TestContext, source: BareCommit): Promise<Snapshot> {
  const snapshot = await openBare(source, { branch: 'main', limits });
  t.after(() => snapshot.close());
  return snapshot;
}

test('a commit is named by hash, the branch given, author, subject, time and first commits', async (t) => {
  const root = repository(t, { 'a.txt': 'a' });
  const first = git(root, 'rev-parse', 'HEAD');
  write(root, { 'b.txt': 'bb' });
  commitAll(root);
  const source = bare(t, root);
  const { revision, files, bytes, warnings } = await open(t, source);
  assert.deepEqual(revision, {
    commit: source.commit,
    branch: 'main',
    author: 'Ada <ada@example.com>',
    subject: 'First words',
    committedAt: Date.parse('2024-01-02T03:04:05Z'),
    roots: [first],
    folder: '',
    worktree: null,
  });
  assert.deepEqual({ files, bytes, warnings }, { files: 2, bytes: 3, warnings: [] });
});

test('an older commit is read as it was, whatever the branches say', async (t) => {
  const root = repository(t, { a: 'old' });
  const commit = git(root, 'rev-parse', 'HEAD');
  write(root, { a: 'new' });
  commitAll(root);
  const into = folder(t);
  await (await open(t, { ...bare(t, root), commit })).extract(into);
  assert.equal(readFileSync(path.join(into, 'a'), 'utf8'), 'old');
});

test('a sub-folder is read, and nothing above it', async (t) => {
  const root = repository(t, { 'apps/one/x\ny.js': '1', 'z.js': '3' });
  const snapshot = await open(t, { ...bare(t, root), folder: 'apps/one' });
  const into = folder(t);
  await snapshot.extract(into);
  assert.equal(snapshot.revision.folder, 'apps/one');
  assert.deepEqual(listing(into), ['x\ny.js']);
});

test('a folder that the commit does not have is named', async (t) => {
  const source = bare(t, repository(t, { a: '' }));
  for (const asked of ['apps', '../..', 'a', './', 'a/']) {
    await assert.rejects(openBare({ ...source, folder: asked }, { branch: null, limits }), {
      code: 'SOURCE_NOT_COMMITTED',
      message: `Cannot read ${JSON.stringify(asked)} at commit ${source.commit.slice(0, 7)}: none of its files is committed`,
    });
  }
});

test('a commit that is not there, a branch and a tree are no commits', async (t) => {
  const root = repository(t, { a: '' });
  const source = bare(t, root);
  for (const commit of ['f'.repeat(40), 'trunk', '--all', git(root, 'rev-parse', 'HEAD^{tree}')]) {
    await assert.rejects(openBare({ ...source, commit }, { branch: null, limits }), {
      code: 'COMMIT_UNKNOWN',
      message: `Cannot read commit ${JSON.stringify(commit)}: the app's repository has no such commit`,
    });
  }
});

test('a link that leads out and a tree over the limit are refused, and nothing is left behind', async (t) => {
  const root = repository(t, { a: '12345' });
  const large = bare(t, root);
  symlinkSync('/etc/passwd', path.join(root, 'link'));
  commitAll(root);
  const leaving = bare(t, root);
  const temporary = folder(t);
  const outside = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  t.after(() => {
    if (outside === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outside;
  });
  await assert.rejects(openBare(leaving, { branch: null, limits }), { code: 'SYMLINK_LEAVES' });
  await assert.rejects(openBare(large, { branch: null, limits: { bytes: 4, files: 9 } }), {
    code: 'SOURCE_TOO_LARGE',
  });
  await assert.rejects(openBare({ ...large, commit: 'f'.repeat(40) }, { branch: null, limits }));
  assert.deepEqual(readdirSync(temporary), []);
});

test('nothing that the repository configures is run or read', async (t) => {
  const source = bare(t, repository(t, { a: 'a' }));
  const trace = path.join(folder(t), 'trace');
  writeFileSync(path.join(source.repository, 'config'), `[core]\n\tfsmonitor = touch ${trace}\n\tbroken`);
  writeFileSync(path.join(source.repository, 'info/attributes'), 'a export-ignore\n');
  const into = folder(t);
  await (await open(t, source)).extract(into);
  assert.deepEqual(listing(into), ['a']);
  assert.deepEqual(readdirSync(path.dirname(trace)), []);
});

test('objects in a quarantine are read from there, those it builds on from the repository', async (t) => {
  const root = repository(t, { a: '1' });
  const source = bare(t, root);
  write(root, { b: '2' });
  commitAll(root);
  const commit = git(root, 'rev-parse', 'HEAD');
  const quarantine = folder(t);
  const pack = path.join(quarantine, 'pack');
  write(quarantine, { 'pack/.keep': '' });
  git(root, 'repack', '-a', '-d', '--quiet');
  for (const name of readdirSync(path.join(root, '.git/objects/pack'))) {
    writeFileSync(path.join(pack, name), readFileSync(path.join(root, '.git/objects/pack', name)));
  }
  await assert.rejects(openBare({ ...source, commit }, { branch: null, limits }), { code: 'COMMIT_UNKNOWN' });
  const into = folder(t);
  await (await open(t, { ...source, commit, quarantine })).extract(into);
  assert.deepEqual(listing(into), ['a', 'b']);
  rmSync(quarantine, { recursive: true });
});
