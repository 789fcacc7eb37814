import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Artifacts, openArtifacts } from './artifacts.ts';
import { type Layers, openLayers } from './layers.ts';

interface Home {
  readonly root: string;
  readonly artifacts: Artifacts;
  readonly layers: Layers;
}

async function home(t: TestContext): Promise<Home> {
  const root = mkdtempSync(path.join(tmpdir(), 'dozen-test-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const artifacts = await openArtifacts(path.join(root, 'artifacts'));
  return { root, artifacts, layers: await openLayers(path.join(root, 'layers'), artifacts) };
}

async function put({ artifacts }: Home, bytes: Buffer): Promise<string> {
  const content = async function* (): AsyncGenerator<Buffer> {
    // Small pieces: headers and names fall across their borders.
    for (let at = 0; at < bytes.length; at += 700) yield bytes.subarray(at, at + 700);
  };
  return (await artifacts.put(content())).digest;
}

/** A tar made by the machine's tar, of what `make` puts into a folder. */
function tarOf(
  t: TestContext,
  { make, args = [] }: { make: (root: string) => void; args?: string[] },
): Buffer {
  const root = mkdtempSync(path.join(tmpdir(), 'dozen-test-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  make(root);
  const names = readdirSync(root);
  const run = spawnSync(
    'tar',
    ['-c', '--format=pax', '--pax-option=delete=atime,delete=ctime,delete=mtime', ...args, ...names],
    {
      cwd: root,
    },
  );
  assert.equal(run.status, 0, run.stderr.toString());
  return run.stdout;
}

const long = `${'d'.repeat(60)}/${'f'.repeat(60)}\n`;

function app(root: string): void {
  mkdirSync(path.join(root, 'app', path.dirname(long)), { recursive: true });
  writeFileSync(path.join(root, 'app/index.js'), 'x'.repeat(2000));
  chmodSync(path.join(root, 'app/index.js'), 0o755);
  writeFileSync(path.join(root, 'app', long), 'long');
  symlinkSync('/usr/bin/python3', path.join(root, 'app/python'));
}

test('a layer is unpacked with its contents, modes and links', async (t) => {
  const at = await home(t);
  const layer = await at.layers.unpack(await put(at, tarOf(t, { make: app })));
  assert.equal(readFileSync(path.join(layer, 'app/index.js'), 'utf8'), 'x'.repeat(2000));
  assert.equal(readFileSync(path.join(layer, 'app', long), 'utf8'), 'long');
  assert.equal(statSync(path.join(layer, 'app/index.js')).mode & 0o777, 0o755);
  assert.equal(readlinkSync(path.join(layer, 'app/python')), '/usr/bin/python3');
});

test('a layer is readable to all inside a folder that is closed', async (t) => {
  const at = await home(t);
  const layer = await at.layers.unpack(await put(at, tarOf(t, { make: app })));
  assert.equal(statSync(layer).mode & 0o777, 0o755);
  assert.equal(statSync(path.dirname(layer)).mode & 0o777, 0o700);
  assert.equal(statSync(path.join(at.root, 'layers')).mode & 0o777, 0o700);
});

test('as root, a layer belongs to whom it is for, each having one of its own', {
  skip: process.getuid?.() !== 0,
}, async (t) => {
  const at = await home(t);
  const digest = await put(at, tarOf(t, { make: app }));
  const mine = await at.layers.unpack(digest, { owner: { uid: 70001, gid: 70002 } });
  const yours = await at.layers.unpack(digest, { owner: { uid: 70003, gid: 70003 } });
  assert.notEqual(mine, yours);
  for (const name of ['', 'app', 'app/index.js', 'app/python', `app/${long}`]) {
    const { uid, gid } = lstatSync(path.join(mine, name));
    assert.deepEqual({ name, uid, gid }, { name, uid: 70001, gid: 70002 });
  }
});

test('unpacked once, a layer is used again', async (t) => {
  const at = await home(t);
  const digest = await put(at, tarOf(t, { make: app }));
  const layer = await at.layers.unpack(digest);
  await at.artifacts.remove(digest);
  assert.equal(await at.layers.unpack(digest), layer);
});

test('callers at once, in one process and in several, get one whole layer', async (t) => {
  const at = await home(t);
  const digest = await put(at, tarOf(t, { make: app }));
  const others = await Promise.all(
    [1, 2, 3].map(() => openLayers(path.join(at.root, 'layers'), at.artifacts)),
  );
  const layers = await Promise.all([at.layers, at.layers, ...others].map((each) => each.unpack(digest)));
  assert.deepEqual(new Set(layers).size, 1);
  assert.equal(readFileSync(path.join(layers[0] ?? '', 'app/index.js'), 'utf8').length, 2000);
  assert.deepEqual(readdirSync(path.dirname(layers[0] ?? '')), [digest]);
});

test('a removed layer is gone and can be unpacked again', async (t) => {
  const at = await home(t);
  const digest = await put(at, tarOf(t, { make: app }));
  const layer = await at.layers.unpack(digest);
  await at.layers.remove(digest);
  await at.layers.remove(digest);
  assert.equal(existsSync(layer), false);
  assert.equal(await at.layers.unpack(digest), layer);
});

test('sweeping removes what a killed maker left, and no layer', async (t) => {
  const at = await home(t);
  const layer = await at.layers.unpack(await put(at, tarOf(t, { make: app })));
  mkdirSync(path.join(path.dirname(layer), 'tmp-half/app'), { recursive: true });
  await at.layers.sweep();
  assert.deepEqual(readdirSync(path.dirname(layer)), [path.basename(layer)]);
});

async function assertRefused(at: Home, { tar, why }: { tar: Buffer; why: string }): Promise<void> {
  const digest = await put(at, tar);
  await assert.rejects(at.layers.unpack(digest), {
    code: 'LAYER_REFUSED',
    message: `Cannot unpack a layer: ${why}`,
  });
  const shelf = path.join(at.root, 'layers', String(process.getuid?.()));
  assert.deepEqual(readdirSync(shelf), []);
}

test('a name that leads out is refused', async (t) => {
  const at = await home(t);
  const make = (root: string): void => writeFileSync(path.join(root, 'a'), '');
  for (const name of ['/tmp/evil', '../evil', 'a/../../evil', './a', 'a//b']) {
    const tar = tarOf(t, { make, args: ['-P', `--transform=s,^a$,${name},`] });
    await assertRefused(at, { tar, why: `${JSON.stringify(name)} is not a name inside it` });
  }
});

test('an entry that would be written through a link is refused', async (t) => {
  const at = await home(t);
  const link = tarOf(t, { make: (root) => symlinkSync('/tmp', path.join(root, 'x')) });
  const file = tarOf(t, {
    make: (root) => {
      mkdirSync(path.join(root, 'x'));
      writeFileSync(path.join(root, 'x/evil'), '');
    },
    args: ['--exclude=x/.'],
  });
  const folder = file.subarray(0, 512);
  const rest = file.subarray(512);
  const why = '"x/evil" lies in no folder that it made';
  await assertRefused(at, { tar: Buffer.concat([link.subarray(0, 512), rest]), why });
  const twice = Buffer.concat([link.subarray(0, 512), folder, rest]);
  await assertRefused(at, { tar: twice, why: '"x/" is in it twice' });
});

test('hard links and pipes are refused', async (t) => {
  const at = await home(t);
  const hard = tarOf(t, {
    make: (root) => {
      writeFileSync(path.join(root, 'a'), '');
      spawnSync('ln', [path.join(root, 'a'), path.join(root, 'b')]);
    },
  });
  await assertRefused(at, { tar: hard, why: '"b" is of type "1"' });
  const pipe = tarOf(t, { make: (root) => spawnSync('mkfifo', [path.join(root, 'p')]) });
  await assertRefused(at, { tar: pipe, why: '"p" is of type "6"' });
});

test('an archive that is cut short, damaged or followed by more is refused', async (t) => {
  const at = await home(t);
  const tar = tarOf(t, { make: (root) => writeFileSync(path.join(root, 'a'), 'x'.repeat(600)) });
  await assertRefused(at, { tar: tar.subarray(0, 1536), why: 'it is cut short' });
  await assertRefused(at, { tar: tar.subarray(0, 900), why: 'it is cut short' });
  const damaged = Buffer.from(tar);
  damaged[0] = 0x62;
  await assertRefused(at, { tar: damaged, why: 'a header has a wrong checksum' });
  await assertRefused(at, { tar: Buffer.concat([tar, tar]), why: 'there is more after its end' });
});

test('a corrupt artifact leaves no layer, however long tar listens', async (t) => {
  const at = await home(t);
  const padding = Buffer.alloc(4 * 1024 * 1024);
  const digest = await put(at, Buffer.concat([tarOf(t, { make: app }), padding]));
  const place = path.join(at.root, 'artifacts', digest.slice(0, 2), digest);
  const bytes = readFileSync(place);
  bytes[bytes.indexOf('xxxx')] = 0x79;
  chmodSync(place, 0o600);
  writeFileSync(place, bytes);
  await assert.rejects(at.layers.unpack(digest), { code: 'ARTIFACT_CORRUPT' });
  assert.deepEqual(readdirSync(path.join(at.root, 'layers', String(process.getuid?.()))), []);
});

test('an aborted unpacking leaves no layer', async (t) => {
  const at = await home(t);
  const digest = await put(at, tarOf(t, { make: app }));
  await assert.rejects(at.layers.unpack(digest, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.deepEqual(readdirSync(path.join(at.root, 'layers', String(process.getuid?.()))), []);
});
