import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  createWriteStream,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import { createGzip, gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { folder, git, listing, repository, write } from '../../test/parts/git-repository.ts';
import { defaultSourceLimits, type Snapshot } from './codebase.ts';
import { openTarball } from './tarball.ts';
import { openWorkingCopy } from './working-copy.ts';

const limits = defaultSourceLimits;
const plain = { limits, claimed: null };

type Piece = Partial<Header> & { readonly name: string; readonly content?: string };

/** A tar of these entries, written as told. */
async function tarOf(t: TestContext, pieces: readonly Piece[]): Promise<string> {
  const file = path.join(folder(t), 'app.tar');
  const tar = pack();
  for (const { content = '', ...header } of pieces) tar.entry(header, content);
  tar.finalize();
  await pipeline(tar, createWriteStream(file));
  return file;
}

async function open(t: TestContext, file: string): Promise<Snapshot> {
  const snapshot = await openTarball(file, plain);
  t.after(() => snapshot.close());
  return snapshot;
}

async function extracted(t: TestContext, file: string): Promise<string> {
  const into = folder(t);
  await (await open(t, file)).extract(into);
  return into;
}

function run(program: string, args: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

const long = `${'folder/'.repeat(40)}file`;

for (const format of ['ustar', 'pax', 'gnu']) {
  test(`what tar writes as ${format} is read: names, links, hard links, modes`, async (t) => {
    const root = folder(t);
    write(root, { 'a\n"b\\': '1', 'd/x': 'x', run: '#!', ...(format === 'ustar' ? {} : { [long]: 'far' }) });
    symlinkSync('d/x', path.join(root, 'link'));
    run('chmod', ['+x', 'run'], root);
    run('ln', ['run', 'walk'], root);
    const file = path.join(folder(t), 'app.tgz');
    run('tar', ['--create', '--gzip', `--format=${format}`, `--file=${file}`, '.'], root);
    const into = await extracted(t, file);
    assert.deepEqual(listing(into), listing(root));
    assert.equal(readFileSync(path.join(into, 'walk'), 'utf8'), '#!');
    assert.equal(readlinkSync(path.join(into, 'link')), 'd/x');
    assert.ok(lstatSync(path.join(into, 'run')).mode & 0o100);
    assert.ok(!(lstatSync(path.join(into, 'd/x')).mode & 0o100));
  });
}

test('a tarball has no commit, and the digest of the folder it was made from', async (t) => {
  const root = folder(t);
  write(root, { Procfile: 'web: x', 'd/é\n': '2' });
  symlinkSync('d', path.join(root, 'l'));
  const file = path.join(folder(t), 'app.tar');
  run('tar', ['--create', `--file=${file}`, '.'], root);
  const snapshot = await open(t, file);
  const folderItself = await openWorkingCopy(root, { from: 'worktree', limits });
  t.after(() => folderItself.close());
  assert.match(snapshot.revision.worktree ?? '', /^[0-9a-f]{64}$/);
  assert.deepEqual(snapshot.revision, folderItself.revision);
  assert.deepEqual([snapshot.files, snapshot.bytes], [folderItself.files, folderItself.bytes]);
});

test('the commit that a client claims is kept beside the digest', async (t) => {
  const file = await tarOf(t, [{ name: 'a', content: 'a' }]);
  const claimed = 'c'.repeat(40);
  const snapshot = await openTarball(file, { limits, claimed });
  t.after(() => snapshot.close());
  assert.equal(snapshot.revision.commit, claimed);
  assert.notEqual(snapshot.revision.worktree, null);
  await assert.rejects(openTarball(file, { limits, claimed: 'HEAD' }), { code: 'COMMIT_INVALID' });
});

test('one folder around the app is left off, as "git archive --prefix" makes it', async (t) => {
  const root = repository(t, { Procfile: 'web: x', 'd/y': '' });
  const file = path.join(folder(t), 'app.tar.gz');
  git(root, 'archive', '--format=tar.gz', '--prefix=shop-1.0/', `--output=${file}`, 'HEAD');
  assert.deepEqual(listing(await extracted(t, file)), ['Procfile', 'd/y']);
});

test('a folder that is not the app, or not alone, stays', async (t) => {
  const site = await tarOf(t, [{ name: 'public/index.html' }]);
  assert.deepEqual(listing(await extracted(t, site)), ['public/index.html']);
  const two = await tarOf(t, [{ name: 'shop/package.json' }, { name: 'README' }]);
  assert.deepEqual(listing(await extracted(t, two)), ['README', 'shop/package.json']);
});

test('a link that stays inside the folder around the app only leaves the app', async (t) => {
  const file = await tarOf(t, [
    { name: 'shop/Procfile' },
    { name: 'shop/l', type: 'symlink', linkname: '../shop/Procfile' },
  ]);
  await assert.rejects(openTarball(file, plain), { code: 'SYMLINK_LEAVES' });
});

test('a pointer of Git LFS is warned of', async (t) => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 5\n`;
  const file = await tarOf(t, [
    { name: '.gitattributes', content: '*.bin filter=lfs\n' },
    { name: 'x.bin', content: pointer },
  ]);
  assert.deepEqual(
    (await open(t, file)).warnings.map(({ code }) => code),
    ['LFS_POINTER'],
  );
});

const refusals: readonly (readonly [string, readonly Piece[], string])[] = [
  ['an absolute name', [{ name: '/etc/x' }], '"/etc/x" is no name inside it'],
  ['a name that leaves', [{ name: 'a/../../x' }], '"a/../../x" is no name inside it'],
  ['a name with an empty part', [{ name: 'a//x' }], '"a//x" is no name inside it'],
  ['a folder that leaves', [{ name: '..', type: 'directory' }], '".." is no name inside it'],
  ['a file twice', [{ name: 'a' }, { name: './a' }], '"a" is in it twice'],
  ['a file and a folder of one name', [{ name: 'a/b' }, { name: 'a' }], '"a" is in it twice'],
  ['a folder over a file', [{ name: 'a' }, { name: 'a/', type: 'directory' }], '"a" is in it twice'],
  ['a file under a file', [{ name: 'a' }, { name: 'a/b' }], '"a/b" lies in what is no folder'],
  [
    'a file under a link',
    [{ name: 'l', type: 'symlink', linkname: 'd' }, { name: 'l/x' }],
    '"l/x" lies in what is no folder',
  ],
  ['a pipe', [{ name: 'p', type: 'fifo' }], '"p" is neither a file nor a folder nor a link, but fifo'],
  [
    'a device',
    [{ name: 'd', type: 'character-device' }],
    '"d" is neither a file nor a folder nor a link, but character-device',
  ],
  [
    'a hard link that leaves',
    [{ name: 'h', type: 'link', linkname: '../../etc/passwd' }],
    '"../../etc/passwd" is no name inside it',
  ],
  [
    'a hard link to what is not there',
    [{ name: 'h', type: 'link', linkname: 'a' }],
    '"h" is a hard link to "a", which is no file before it',
  ],
  [
    'a hard link to a link',
    [
      { name: 'l', type: 'symlink', linkname: 'x' },
      { name: 'h', type: 'link', linkname: 'l' },
    ],
    '"h" is a hard link to "l", which is no file before it',
  ],
  ['a sparse file', [{ name: 's', pax: { 'GNU.sparse.major': '1' } }], '"s" is a sparse file'],
  ['a zero byte in a name', [{ name: 'a', pax: { path: 'a\0b' } }], '"a\\u0000b" has a zero byte in a name'],
];

for (const [what, pieces, why] of refusals) {
  test(`${what} is refused`, async (t) => {
    await assert.rejects(openTarball(await tarOf(t, pieces), plain), {
      code: 'TARBALL_REFUSED',
      fault: 'user',
      message: `Cannot read the tarball: ${why}`,
    });
  });
}

test('a symbolic link that leaves, a Git folder and an archive without files are refused', async (t) => {
  const leaving = await tarOf(t, [{ name: 'l', type: 'symlink', linkname: '../x' }]);
  await assert.rejects(openTarball(leaving, plain), { code: 'SYMLINK_LEAVES' });
  const inside = await tarOf(t, [{ name: 'a/.Git/config' }]);
  await assert.rejects(openTarball(inside, plain), { code: 'SOURCE_NAME_FORBIDDEN' });
  const folders = await tarOf(t, [{ name: 'd/', type: 'directory' }]);
  await assert.rejects(openTarball(folders, plain), { code: 'SOURCE_EMPTY' });
});

test('a name that is no UTF-8 is refused', async (t) => {
  const file = await tarOf(t, [{ name: 'abc' }]);
  const bytes = readFileSync(file);
  bytes[0] = 0xff;
  const sum = bytes
    .subarray(0, 512)
    .reduce((total, byte, at) => total + (at < 148 || at >= 156 ? byte : 32), 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  writeFileSync(file, bytes);
  await assert.rejects(openTarball(file, plain), { code: 'TARBALL_REFUSED' });
});

test('too many files, folders or bytes are refused with both numbers', async (t) => {
  const file = await tarOf(t, [
    { name: 'a', content: '123' },
    { name: 'b', type: 'link', linkname: 'a' },
  ]);
  const refusedFor = (given: { bytes: number; files: number }, why: string) =>
    assert.rejects(openTarball(file, { limits: given, claimed: null }), {
      code: 'SOURCE_TOO_LARGE',
      message: `Cannot read the source: ${why}`,
    });
  await refusedFor({ bytes: 9, files: 1 }, '2 files are over the limit of 1');
  await refusedFor({ bytes: 5, files: 9 }, '6 bytes are over the limit of 5');
  const deep = await tarOf(t, [{ name: 'a/b/c/d' }]);
  await assert.rejects(openTarball(deep, { limits: { bytes: 9, files: 2 }, claimed: null }), {
    message: 'Cannot read the source: 3 folders are over the limit of 2',
  });
});

/** The tar with other bytes in the size of its first header, and a sum to match. */
function resized(file: string, size: Buffer): void {
  const bytes = readFileSync(file);
  size.copy(bytes, 124);
  bytes.fill(32, 148, 156);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  writeFileSync(file, bytes);
}

test('a declared size over the limit is refused before its bytes are read', async (t) => {
  const file = await tarOf(t, [{ name: 'a', content: 'x' }]);
  resized(file, Buffer.from('77777777777\0'));
  await assert.rejects(openTarball(file, plain), {
    code: 'SOURCE_TOO_LARGE',
    message: 'Cannot read the source: 8589934591 bytes are over the limit of 1073741824',
  });
});

test('a size that is no number, and a folder that has one, are refused', { timeout: 20_000 }, async (t) => {
  const unfit = {
    code: 'TARBALL_UNREADABLE',
    message: 'Cannot read the tarball: the size of "a" does not fit',
  };
  const file = await tarOf(t, [{ name: 'a', content: 'x' }]);
  resized(file, Buffer.from('810000000000000000000001', 'hex'));
  await assert.rejects(openTarball(file, plain), unfit);
  const folders = await tarOf(t, [{ name: 'a', type: 'directory' }]);
  resized(folders, Buffer.from('00000000001\0'));
  await assert.rejects(openTarball(folders, plain), unfit);
});

test('a bomb is let go of at the limit', async (t) => {
  const file = path.join(folder(t), 'bomb.tgz');
  async function* zeros() {
    for (let mebibyte = 0; mebibyte < 64; mebibyte += 1) yield Buffer.alloc(1024 * 1024);
  }
  await pipeline(zeros(), createGzip(), createWriteStream(file));
  await assert.rejects(openTarball(file, { limits: { bytes: 1000, files: 10 }, claimed: null }), {
    code: 'SOURCE_TOO_LARGE',
    message: 'Cannot read the source: its archive is over 1094632 bytes',
  });
});

test('what is cut short or is no tarball is told', async (t) => {
  const whole = await tarOf(t, [
    { name: 'a', content: 'a' },
    { name: 'b', content: 'b' },
  ]);
  const { size } = lstatSync(whole);
  for (const bytes of [0, 100, 700, 1024, 2048, size - 512]) {
    const cut = path.join(folder(t), 'cut.tar');
    writeFileSync(cut, readFileSync(whole));
    truncateSync(cut, bytes);
    await assert.rejects(openTarball(cut, plain), { code: 'TARBALL_UNREADABLE' }, `cut at ${bytes}`);
  }
  const gzip = gzipSync(readFileSync(whole));
  for (const content of [Buffer.from('x'.repeat(5000)), gzip.subarray(0, -20), gzipSync(gzip)]) {
    const file = path.join(folder(t), 'file');
    writeFileSync(file, content);
    await assert.rejects(openTarball(file, plain), { code: 'TARBALL_UNREADABLE' });
  }
});

test('a tarball that is refused leaves nothing behind', async (t) => {
  const file = await tarOf(t, [{ name: 'a' }, { name: '../x' }]);
  const temporary = folder(t);
  const outside = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  t.after(() => {
    if (outside === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outside;
  });
  await assert.rejects(openTarball(file, plain), { code: 'TARBALL_REFUSED' });
  assert.deepEqual(readdirSync(temporary), []);
});

test('reading stops when it is told to', async (t) => {
  const file = await tarOf(t, [{ name: 'a' }]);
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(openTarball(file, { ...plain, signal }));
});
