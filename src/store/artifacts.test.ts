import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Artifacts, openArtifacts } from './artifacts.ts';

function folder(t: TestContext): string {
  const made = mkdtempSync(path.join(tmpdir(), 'dozen-test-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function* of(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

async function textOf(artifacts: Artifacts, digest: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of artifacts.read(digest)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

test('what was put is found under the digest of its bytes', async (t) => {
  const artifacts = await openArtifacts(folder(t));
  const artifact = await artifacts.put(of('one ', 'two'));
  assert.deepEqual(artifact, { digest: digestOf('one two'), size: 7 });
  assert.deepEqual(await artifacts.find(artifact.digest), artifact);
  assert.equal(await textOf(artifacts, artifact.digest), 'one two');
});

test('another store over the same folder has it', async (t) => {
  const root = folder(t);
  const { digest } = await (await openArtifacts(root)).put(of('kept'));
  assert.equal(await textOf(await openArtifacts(root), digest), 'kept');
});

test('the same bytes put at once from many sides are one artifact', async (t) => {
  const root = folder(t);
  const artifacts = await openArtifacts(root);
  await Promise.all(Array.from({ length: 8 }, () => artifacts.put(of('same'))));
  assert.deepEqual(readdirSync(path.join(root, digestOf('same').slice(0, 2))), [digestOf('same')]);
  assert.deepEqual(readdirSync(path.join(root, 'tmp')), []);
});

test('a source that breaks off leaves nothing', async (t) => {
  const root = folder(t);
  const artifacts = await openArtifacts(root);
  const broken = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from('half');
    throw new Error('the source broke off');
  };
  await assert.rejects(artifacts.put(broken()), { message: 'the source broke off' });
  assert.deepEqual(readdirSync(root), ['tmp']);
  assert.deepEqual(readdirSync(path.join(root, 'tmp')), []);
});

test('bytes that changed on disk are noticed at the end of reading', async (t) => {
  const root = folder(t);
  const artifacts = await openArtifacts(root);
  const { digest } = await artifacts.put(of('right'));
  const place = path.join(root, digest.slice(0, 2), digest);
  chmodSync(place, 0o600);
  writeFileSync(place, 'wrong');
  await assert.rejects(textOf(artifacts, digest), {
    code: 'ARTIFACT_CORRUPT',
    message: `Cannot use artifact ${digest}: its bytes have changed on disk`,
  });
});

test('reading what is not there says so', async (t) => {
  const artifacts = await openArtifacts(folder(t));
  assert.equal(await artifacts.find(digestOf('x')), null);
  await assert.rejects(textOf(artifacts, digestOf('x')), { code: 'ARTIFACT_MISSING' });
});

test('a removed artifact is gone, and removing it again is harmless', async (t) => {
  const artifacts = await openArtifacts(folder(t));
  const { digest } = await artifacts.put(of('x'));
  await artifacts.remove(digest);
  await artifacts.remove(digest);
  assert.equal(await artifacts.find(digest), null);
});

test('a name that is no digest never becomes a path', async (t) => {
  const artifacts = await openArtifacts(folder(t));
  await assert.rejects(artifacts.find('../../etc/passwd'), TypeError);
  await assert.rejects(async () => artifacts.remove('../x'), TypeError);
});

test('sweeping removes what a killed writer left', async (t) => {
  const root = folder(t);
  const artifacts = await openArtifacts(root);
  const { digest } = await artifacts.put(of('kept'));
  writeFileSync(path.join(root, 'tmp/left'), 'half');
  await artifacts.sweep();
  assert.deepEqual(readdirSync(path.join(root, 'tmp')), []);
  assert.equal(readFileSync(path.join(root, digest.slice(0, 2), digest), 'utf8'), 'kept');
});
