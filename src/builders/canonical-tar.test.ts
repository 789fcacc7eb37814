import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { type PackOptions, packFolder } from './canonical-tar.ts';

function folder(t: TestContext): string {
  const made = mkdtempSync(path.join(tmpdir(), 'dozen-test-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function pack(root: string, options?: PackOptions): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of packFolder(root, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function digest(root: string): Promise<string> {
  return createHash('sha256')
    .update(await pack(root))
    .digest('hex');
}

function untar(t: TestContext, tar: Buffer): string {
  const into = folder(t);
  const run = spawnSync('tar', ['-xpf', '-'], { cwd: into, input: tar, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  return into;
}

const long = `${'d'.repeat(60)}/${'f'.repeat(60)}`;
const files: Readonly<Record<string, string>> = {
  'app/index.js': 'console.log(1)',
  'app/empty': '',
  'app/new\nline "é"': 'x',
  [`app/${long}`]: 'long',
  'app/big': 'b'.repeat(3 * 1024 * 1024 + 1),
};

function fill(root: string, names: readonly string[]): string {
  for (const name of names) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), files[name] ?? '');
  }
  symlinkSync('index.js', path.join(root, 'app/link'));
  symlinkSync(`/app/${long}/${'x'.repeat(100)}`, path.join(root, 'app/far'));
  chmodSync(path.join(root, 'app/index.js'), 0o755);
  return root;
}

test('two folders with the same content give the same bytes, whatever their times, modes and order of making', async (t) => {
  const one = fill(folder(t), Object.keys(files));
  const before = process.umask(0o077);
  const two = fill(folder(t), Object.keys(files).reverse());
  process.umask(before);
  chmodSync(path.join(two, 'app/index.js'), 0o711);
  chmodSync(path.join(two, 'app'), 0o2770);
  utimesSync(path.join(two, 'app/index.js'), 1, 2);
  if (process.getuid?.() === 0) chownSync(path.join(two, 'app/empty'), 1234, 1235);
  assert.equal(await digest(one), await digest(two));
});

test('the bytes of a known folder are the same for ever', async (t) => {
  const root = folder(t);
  mkdirSync(path.join(root, 'app'));
  writeFileSync(path.join(root, 'app/a.txt'), 'hello\n');
  symlinkSync('a.txt', path.join(root, 'app/ä'));
  assert.equal(await digest(root), 'ae9d948ee22a562130c2a343046f90c7a00d0fcae0da45fc0527b92511ca4533');
});

for (const [what, change] of Object.entries<(root: string) => void>({
  content: (root) => writeFileSync(path.join(root, 'app/empty'), 'x'),
  name: (root) => writeFileSync(path.join(root, 'app/other'), ''),
  'execute bit': (root) => chmodSync(path.join(root, 'app/empty'), 0o755),
  'empty folder': (root) => mkdirSync(path.join(root, 'app/folder')),
})) {
  test(`another ${what} gives other bytes`, async (t) => {
    const root = fill(folder(t), Object.keys(files));
    const before = await digest(root);
    change(root);
    assert.notEqual(await digest(root), before);
  });
}

test('tar reads back every name, content, link and mode', async (t) => {
  const into = untar(t, await pack(fill(folder(t), Object.keys(files))));
  for (const [name, text] of Object.entries(files))
    assert.equal(readFileSync(path.join(into, name), 'utf8'), text);
  assert.equal(readlinkSync(path.join(into, 'app/far')), `/app/${long}/${'x'.repeat(100)}`);
  assert.equal(statSync(path.join(into, 'app/index.js')).mode & 0o7777, 0o755);
  assert.equal(statSync(path.join(into, 'app/empty')).mode & 0o7777, 0o644);
});

test('packing what was unpacked gives the same bytes', async (t) => {
  const tar = await pack(fill(folder(t), Object.keys(files)));
  assert.ok(tar.equals(await pack(untar(t, tar))));
});

test('files of one size and other content get other times, in the past', async (t) => {
  const root = folder(t);
  writeFileSync(path.join(root, 'a'), 'one');
  writeFileSync(path.join(root, 'b'), 'two');
  const into = untar(t, await pack(root));
  const [a, b] = [statSync(path.join(into, 'a')).mtimeMs, statSync(path.join(into, 'b')).mtimeMs];
  assert.notEqual(a, b);
  assert.ok(Math.max(a, b) < Date.parse('2011-01-01'));
});

test('a name that is no UTF-8 survives', async (t) => {
  const root = folder(t);
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x61, 0xff])]), '');
  const into = untar(t, await pack(root));
  assert.deepEqual(readdirSync(into, { encoding: 'buffer' }), [Buffer.from([0x61, 0xff])]);
});

test('a hard link is a file of its own', async (t) => {
  const root = folder(t);
  writeFileSync(path.join(root, 'a'), 'same');
  linkSync(path.join(root, 'a'), path.join(root, 'b'));
  const into = untar(t, await pack(root));
  assert.equal(readFileSync(path.join(into, 'b'), 'utf8'), 'same');
  assert.equal(statSync(path.join(into, 'b')).nlink, 1);
});

test('pipes are left out and reported', async (t) => {
  const root = folder(t);
  spawnSync('mkfifo', [path.join(root, 'pipe')]);
  const left: string[] = [];
  const into = untar(t, await pack(root, { onSpecial: (name) => left.push(name) }));
  assert.deepEqual([readdirSync(into), left], [[], ['pipe']]);
});

test('what is to be left out is, with all it holds', async (t) => {
  const root = fill(folder(t), Object.keys(files));
  const into = untar(t, await pack(root, { leaveOut: (name) => name === `app/${'d'.repeat(60)}` }));
  assert.equal(readdirSync(path.join(into, 'app')).includes('d'.repeat(60)), false);
});
