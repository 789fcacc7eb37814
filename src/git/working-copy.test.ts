import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { commitAll, folder, git, listing, repository, write } from '../../test/parts/git-repository.ts';
import { type CodebaseOptions, defaultSourceLimits, type Snapshot } from './codebase.ts';
import { openWorkingCopy } from './working-copy.ts';

const commit: CodebaseOptions = { from: 'commit', limits: defaultSourceLimits };
const worktree: CodebaseOptions = { from: 'worktree', limits: defaultSourceLimits };
const asRoot = { skip: process.getuid?.() !== 0 && 'needs root' };

async function open(
  t: TestContext,
  { at, options }: { at: string; options: CodebaseOptions },
): Promise<Snapshot> {
  const snapshot = await openWorkingCopy(at, options);
  t.after(() => snapshot.close());
  return snapshot;
}

async function extracted(t: TestContext, snapshot: Snapshot): Promise<string> {
  const into = folder(t);
  await snapshot.extract(into);
  return into;
}

test('a commit is named by hash, branch, author, subject, time and first commits', async (t) => {
  const root = repository(t, { 'a.txt': 'a' });
  const { revision, files, bytes, warnings } = await open(t, { at: root, options: commit });
  assert.deepEqual(revision, {
    commit: git(root, 'rev-parse', 'HEAD'),
    branch: 'trunk',
    author: 'Ada <ada@example.com>',
    subject: 'First words',
    committedAt: Date.parse('2024-01-02T03:04:05Z'),
    roots: [git(root, 'rev-parse', 'HEAD')],
    folder: '',
    worktree: null,
  });
  assert.deepEqual({ files, bytes, warnings }, { files: 1, bytes: 1, warnings: [] });
});

test('a detached HEAD has no branch', async (t) => {
  const root = repository(t, { a: '' });
  git(root, 'checkout', '--quiet', '--detach');
  assert.equal((await open(t, { at: root, options: commit })).revision.branch, null);
});

test('a sub-folder is read at HEAD, and nothing above it', async (t) => {
  const root = repository(t, { 'apps/one/x.js': '1', 'apps/two/y.js': '2', 'z.js': '3' });
  const snapshot = await open(t, { at: path.join(root, 'apps/one'), options: commit });
  assert.equal(snapshot.revision.folder, 'apps/one');
  assert.deepEqual(listing(await extracted(t, snapshot)), ['x.js']);
});

test('uncommitted changes are named and stay behind', async (t) => {
  const root = repository(t, { 'app/a': 'old', 'app/gone': '', other: '' });
  write(root, { 'app/a': 'new', 'app/b\nc': '', other: 'changed' });
  rmSync(path.join(root, 'app/gone'));
  const snapshot = await open(t, { at: path.join(root, 'app'), options: commit });
  assert.deepEqual(snapshot.warnings, [
    {
      code: 'UNCOMMITTED_CHANGES',
      message: 'Uncommitted changes are not deployed: "a", "gone", "b\\nc"',
      names: ['"a"', '"gone"', '"b\\nc"'],
    },
  ]);
  const into = await extracted(t, snapshot);
  assert.equal(readFileSync(path.join(into, 'a'), 'utf8'), 'old');
  assert.deepEqual(listing(into), ['a', 'gone']);
});

test('a pipe where Git looks for a file holds nothing up for longer than the limit', async (t) => {
  const root = repository(t, { a: '1' });
  mkdirSync(path.join(root, 'new'));
  assert.equal(spawnSync('mkfifo', [path.join(root, 'new/.gitignore')]).status, 0);
  write(root, { 'new/b': '' });
  const { warnings } = await open(t, { at: root, options: { ...commit, lookWithinMs: 200 } });
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['CHANGES_UNKNOWN'],
  );
  await assert.rejects(open(t, { at: root, options: { ...worktree, lookWithinMs: 200 } }), {
    code: 'WORKTREE_UNREADABLE',
    message: /Git had not listed them after 0\.2 s/,
  });
});

test('names with newlines, spaces, quotes and bytes that are no UTF-8 are extracted as they are', async (t) => {
  const odd = 'a\nb "c" \\ é';
  const root = repository(t, {
    [odd]: 'odd',
    '-rf': 'dash',
    [`${'d'.repeat(120)}/${'f'.repeat(200)}`]: 'long',
  });
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x41])]), 'bytes');
  commitAll(root);
  const into = await extracted(t, await open(t, { at: root, options: commit }));
  const names = readdirSync(into, { encoding: 'buffer' })
    .map((name) => name.toString('latin1'))
    .sort();
  const expected = ['-rf', Buffer.from(odd).toString('latin1'), 'd'.repeat(120), '\xffA'].sort();
  assert.deepEqual(names, expected);
});

test('modes and links survive', async (t) => {
  const root = repository(t, { run: '#!/bin/sh', 'lib/plain': '' });
  chmodSync(path.join(root, 'run'), 0o700);
  symlinkSync('../run', path.join(root, 'lib/link'));
  commitAll(root);
  const into = await extracted(t, await open(t, { at: root, options: commit }));
  assert.equal(lstatSync(path.join(into, 'run')).mode & 0o777, 0o755);
  assert.equal(lstatSync(path.join(into, 'lib/plain')).mode & 0o777, 0o644);
  assert.equal(readlinkSync(path.join(into, 'lib/link')), '../run');
});

test('attributes leave no file out and rewrite none', async (t) => {
  const root = repository(t, { 'hidden.txt': 'x', 'stamp.txt': '$Format:%H$ $Id$\r\n' });
  write(root, {
    '.gitattributes': 'hidden.txt export-ignore\nstamp.txt export-subst ident eol=crlf -text\n',
  });
  commitAll(root);
  const into = await extracted(t, await open(t, { at: root, options: commit }));
  assert.deepEqual(listing(into), ['.gitattributes', 'hidden.txt', 'stamp.txt']);
  assert.equal(readFileSync(path.join(into, 'stamp.txt'), 'utf8'), '$Format:%H$ $Id$\r\n');
});

test('a symbolic link that leaves the folder is refused, also when it stays in the repository', async (t) => {
  const root = repository(t, { 'app/x': '', 'shared/y': '' });
  symlinkSync('../shared', path.join(root, 'app/link'));
  commitAll(root);
  await assert.rejects(openWorkingCopy(path.join(root, 'app'), commit), {
    code: 'SYMLINK_LEAVES',
    message:
      'Cannot read the source: the symbolic link "link" leads out of the app\'s folder, to "../shared"',
  });
  await open(t, { at: root, options: commit });
});

test('who asks for it gets a tree without the links that leave, and is told of them', async (t) => {
  const root = repository(t, { 'folder/x': '' });
  const name = Buffer.concat([Buffer.from(`${root}/folder/`), Buffer.from([0xff])]);
  symlinkSync('/etc', name);
  symlinkSync('folder', path.join(root, 'inside'));
  commitAll(root);
  const snapshot = await open(t, { at: root, options: { ...commit, leavingLinks: 'left out' } });
  assert.deepEqual(snapshot.leavingLinks, [{ path: 'folder/\xff', target: '/etc' }]);
  assert.deepEqual(listing(await extracted(t, snapshot)), ['folder/x', 'inside', 'inside/x']);
});

test('a tree made by hand, which has a link and a folder of one name, is refused all the same', async (t) => {
  const root = repository(t, { 'folder/x': '' });
  const blob = git(root, 'rev-parse', 'HEAD:folder/x');
  const link = spawnSync('git', ['hash-object', '-w', '--stdin'], {
    cwd: root,
    input: '/etc',
    encoding: 'utf8',
  });
  const inner = made(root, [['100644', 'x', blob]]);
  const tree = made(root, [
    ['120000', 'twice', link.stdout.trim()],
    ['40000', 'twice', inner],
  ]);
  git(root, 'reset', '--quiet', '--soft', git(root, 'commit-tree', '-m', 'Made', tree));
  await assert.rejects(openWorkingCopy(root, { ...commit, leavingLinks: 'left out' }), {
    code: 'SYMLINK_LEAVES',
  });
});

/** A tree as no Git would write it. */
function made(root: string, entries: readonly (readonly [string, string, string])[]): string {
  const input = Buffer.concat(
    entries.flatMap(([mode, name, object]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(object, 'hex')]),
  );
  const run = spawnSync('git', ['hash-object', '-w', '--literally', '-t', 'tree', '--stdin'], {
    cwd: root,
    input,
    encoding: 'utf8',
  });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.trim();
}

test('a tree over the limit is refused before it is extracted', async (t) => {
  const root = repository(t, { a: '12345', b: '67890' });
  await assert.rejects(openWorkingCopy(root, { ...commit, limits: { bytes: 9, files: 10 } }), {
    code: 'SOURCE_TOO_LARGE',
  });
  await assert.rejects(openWorkingCopy(root, { ...worktree, limits: { bytes: 99, files: 1 } }), {
    code: 'SOURCE_TOO_LARGE',
  });
});

test('what the repository configures is not run', async (t) => {
  const root = repository(t, { a: '1', '.gitattributes': 'a filter=evil diff=evil\n' });
  const proof = path.join(root, 'ran');
  const hook = path.join(root, '.git/evil');
  writeFileSync(hook, `#!/bin/sh\necho >> ${proof}\ncat\n`, { mode: 0o755 });
  git(root, 'config', 'core.fsmonitor', hook);
  git(root, 'config', 'filter.evil.smudge', hook);
  git(root, 'config', 'core.hooksPath', path.join(root, '.git'));
  const into = await extracted(t, await open(t, { at: root, options: commit }));
  assert.deepEqual(listing(into), ['.gitattributes', 'a']);
  assert.equal(existsSync(proof), false);
});

test("as root, what a stranger configured runs with no rights but its owner's", asRoot, async (t) => {
  const root = repository(t, { a: '1', '.gitattributes': '* filter=evil\n' });
  const hook = path.join(root, '.git/evil');
  writeFileSync(hook, `#!/bin/sh\nid -u >> ${root}/ran\ncat\n`, { mode: 0o755 });
  git(root, 'config', 'filter.evil.clean', hook);
  writeFileSync(path.join(root, 'a'), '2');
  spawnSync('chown', ['-R', '65534:65534', root]);
  const snapshot = await open(t, { at: root, options: worktree });
  assert.equal(readFileSync(path.join(await extracted(t, snapshot), 'a'), 'utf8'), '2');
  const status = await open(t, { at: root, options: commit });
  assert.equal(readFileSync(path.join(await extracted(t, status), 'a'), 'utf8'), '1');
  const ran = existsSync(path.join(root, 'ran')) ? readFileSync(path.join(root, 'ran'), 'utf8') : '';
  assert.equal(ran.replaceAll('65534\n', ''), '');
});

test('as root, the extracted files belong to whom they are given', asRoot, async (t) => {
  const root = repository(t, { 'a/b': '' });
  const into = folder(t);
  await (await open(t, { at: root, options: commit })).extract(into, { owner: { uid: 1234, gid: 1235 } });
  for (const name of ['', 'a', 'a/b']) {
    const { uid, gid } = lstatSync(path.join(into, name));
    assert.deepEqual({ name, uid, gid }, { name, uid: 1234, gid: 1235 });
  }
});

test('a repository without commits is refused', async (t) => {
  const root = folder(t);
  git(root, 'init', '--quiet');
  await assert.rejects(openWorkingCopy(root, commit), {
    code: 'REPOSITORY_EMPTY',
    message: `Cannot read ${JSON.stringify(root)}: its repository has no commit`,
  });
});

test('--worktree takes the files of a repository without commits, but for ignored ones', async (t) => {
  const root = folder(t);
  git(root, 'init', '--quiet');
  write(root, { a: '', b: '', '.gitignore': 'b\n' });
  const snapshot = await open(t, { at: root, options: worktree });
  assert.equal(snapshot.revision.commit, null);
  assert.deepEqual(listing(await extracted(t, snapshot)), ['.gitignore', 'a']);
});

test('a folder outside any repository is refused, with what to type', async (t) => {
  const root = folder(t);
  write(root, { a: '' });
  await assert.rejects(openWorkingCopy(root, commit), {
    code: 'NOT_A_REPOSITORY',
    message: `Cannot read ${JSON.stringify(root)}: it lies in no Git repository`,
    hint: `cd ${root} && git init && git add . && git commit -m "First commit"`,
  });
});

test('a folder that is not there is refused', async () => {
  await assert.rejects(openWorkingCopy('/nonexistent/app', commit), {
    code: 'SOURCE_MISSING',
    message: 'Cannot read "/nonexistent/app": no folder is there',
  });
});

test('a folder of which nothing is committed is refused', async (t) => {
  const root = repository(t, { a: '' });
  write(root, { 'new/x': '' });
  await assert.rejects(openWorkingCopy(path.join(root, 'new'), commit), { code: 'SOURCE_NOT_COMMITTED' });
});

test('submodules and Git LFS pointers are named', async (t) => {
  const root = repository(t, { a: '', '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' });
  write(root, {
    'x.bin': `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`,
  });
  git(root, 'update-index', '--add', '--cacheinfo', `160000,${git(root, 'rev-parse', 'HEAD')},vendor/lib`);
  mkdirSync(path.join(root, 'vendor/lib'), { recursive: true });
  git(root, 'add', 'x.bin');
  git(root, 'commit', '--quiet', '--message=two');
  const { warnings } = await open(t, { at: root, options: commit });
  assert.deepEqual(
    warnings.map(({ message }) => message),
    [
      'Submodules are not fetched, their folders are empty: "vendor/lib"',
      'Git LFS is not fetched, these files are its pointers: "x.bin"',
    ],
  );
});

test('the history of a shallow clone is said to be unknown', async (t) => {
  const root = repository(t, { a: '1' });
  write(root, { a: '2' });
  commitAll(root);
  const clone = path.join(folder(t), 'clone');
  git(root, 'clone', '--quiet', '--depth=1', `file://${root}`, clone);
  const { revision, warnings } = await open(t, { at: clone, options: commit });
  assert.deepEqual(revision.roots, []);
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['HISTORY_UNKNOWN'],
  );
});

test('--worktree takes files as they lie: changed, new and deleted ones, but no ignored ones', async (t) => {
  const root = repository(t, { a: 'old', gone: '', '.gitignore': 'node_modules\nkept\n', 'dir/f': '' });
  write(root, { a: 'new', 'b\nc': 'x', 'node_modules/m/index.js': '', kept: 'tracked though ignored' });
  git(root, 'add', '--force', 'kept');
  rmSync(path.join(root, 'gone'));
  rmSync(path.join(root, 'dir'), { recursive: true });
  writeFileSync(path.join(root, 'dir'), 'a file in place of a folder');
  const before = git(root, 'status', '--porcelain');
  const snapshot = await open(t, { at: root, options: worktree });
  const into = await extracted(t, snapshot);
  assert.deepEqual(listing(into), ['.gitignore', 'a', 'b\nc', 'dir', 'kept']);
  assert.equal(readFileSync(path.join(into, 'a'), 'utf8'), 'new');
  assert.equal(snapshot.revision.commit, git(root, 'rev-parse', 'HEAD'));
  assert.match(snapshot.revision.worktree ?? '', /^[0-9a-f]{64}$/);
  assert.equal(git(root, 'status', '--porcelain'), before);
});

test('the digest of a worktree is that of its content', async (t) => {
  const digest = async (text: string): Promise<string | null> => {
    const root = repository(t, { a: '1' });
    write(root, { b: text });
    return (await open(t, { at: root, options: worktree })).revision.worktree;
  };
  const [one, same, other] = [await digest('x'), await digest('x'), await digest('y')];
  assert.equal(one, same);
  assert.notEqual(one, other);
});

test('a snapshot of a worktree does not change with the files', async (t) => {
  const root = repository(t, { a: '1' });
  const snapshot = await open(t, { at: root, options: worktree });
  writeFileSync(path.join(root, 'a'), '2');
  assert.equal(readFileSync(path.join(await extracted(t, snapshot), 'a'), 'utf8'), '1');
});

test('--worktree works without a repository, heeds .gitignore and names repositories inside', async (t) => {
  const root = folder(t);
  write(root, { a: '1', '.gitignore': 'secret\n', secret: '' });
  mkdirSync(path.join(root, 'inner'));
  git(path.join(root, 'inner'), 'init', '--quiet');
  write(root, { 'inner/x': '' });
  git(path.join(root, 'inner'), 'add', '.');
  git(path.join(root, 'inner'), 'commit', '--quiet', '--message=x');
  const snapshot = await open(t, { at: root, options: worktree });
  assert.equal(snapshot.revision.commit, null);
  assert.deepEqual(listing(await extracted(t, snapshot)), ['.gitignore', 'a']);
  assert.deepEqual(
    snapshot.warnings.map(({ message }) => message),
    ['Repositories inside the app\'s folder are left out: "inner"'],
  );
});

test('--worktree refuses links that leave and a folder without files', async (t) => {
  const root = folder(t);
  await assert.rejects(openWorkingCopy(root, worktree), { code: 'SOURCE_EMPTY' });
  symlinkSync('/etc/passwd', path.join(root, 'l'));
  await assert.rejects(openWorkingCopy(root, worktree), { code: 'SYMLINK_LEAVES' });
});

test('closing a snapshot, and failing to open one, leaves nothing in the temporary folder', async (t) => {
  const temporary = folder(t);
  const outside = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  t.after(() => {
    if (outside === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outside;
  });
  const root = path.join(temporary, 'repo');
  mkdirSync(root);
  git(root, 'init', '--quiet');
  write(root, { a: '1' });
  commitAll(root);
  (await openWorkingCopy(root, commit)).close();
  (await openWorkingCopy(root, worktree)).close();
  await assert.rejects(openWorkingCopy(root, { ...worktree, limits: { bytes: 0, files: 0 } }));
  assert.deepEqual(readdirSync(temporary), ['repo']);
});

test('an ordinary user is told whose repository it is', asRoot, async (t) => {
  const root = repository(t, { a: '1' });
  chownSync(root, 1, 1);
  const script = `
    const { openWorkingCopy } = await import(${JSON.stringify(path.join(import.meta.dirname, 'working-copy.ts'))});
    await openWorkingCopy(${JSON.stringify(root)}, ${JSON.stringify(commit)}).catch((error) => console.log(error.code));`;
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    uid: 65534,
    gid: 65534,
    env: { PATH: process.env.PATH, HOME: '/nonexistent' },
    encoding: 'utf8',
  });
  if (run.error !== undefined || run.stderr.includes('EACCES'))
    return t.skip("the checkout is out of an ordinary user's reach");
  assert.equal(run.stdout, 'REPOSITORY_UNTRUSTED\n', run.stderr);
});
