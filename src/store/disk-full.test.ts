import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { runOnSmallDisk } from '../../test/parts/small-disk.ts';

const module = (name: string): string => JSON.stringify(path.join(import.meta.dirname, name));

const program = (what: string): string => `
  import { readdirSync, mkdirSync } from 'node:fs';
  import { openArtifacts } from ${module('artifacts.ts')};
  import { openLayers } from ${module('layers.ts')};
  import { packFolder } from ${module('../builders/canonical-tar.ts')};
  async function* bytes(count) {
    for (let at = 0; at < count; at += 65536) yield Buffer.alloc(65536, 'x');
  }
  try { ${what} } catch (error) { console.log(error.code, error.message); }
`;

test('a full disk refuses an artifact and keeps nothing of it', (t) => {
  const output = runOnSmallDisk({
    bytes: 1024 * 1024,
    program: program(`
      const artifacts = await openArtifacts('/mnt/artifacts');
      await artifacts.put(bytes(4 * 1024 * 1024)).catch((error) => console.log(error.code, error.message));
      console.log(readdirSync('/mnt/artifacts/tmp').length);
      console.log((await artifacts.put(bytes(65536))).size);`),
  });
  if (output === null) return t.skip('needs the right to mount');
  assert.equal(output, 'DISK_FULL Cannot keep an artifact in "/mnt/artifacts": the disk is full\n0\n65536\n');
});

test('a full disk refuses a layer and keeps nothing of it', (t) => {
  const output = runOnSmallDisk({
    bytes: 6 * 1024 * 1024,
    program: program(`
      const artifacts = await openArtifacts('/mnt/artifacts');
      const layers = await openLayers('/mnt/layers', artifacts);
      mkdirSync('/mnt/source');
      const { writeFileSync, rmSync } = await import('node:fs');
      writeFileSync('/mnt/source/big', Buffer.alloc(2 * 1024 * 1024, 'x'));
      const { digest } = await artifacts.put(packFolder('/mnt/source'));
      writeFileSync('/mnt/rest', Buffer.alloc(1024 * 1024, 'x'));
      await layers.unpack(digest).catch((error) => console.log(error.code, error.left));
      console.log(readdirSync('/mnt/layers/' + process.getuid()).length);
      rmSync('/mnt/rest');
      rmSync('/mnt/source', { recursive: true });
      console.log(readdirSync(await layers.unpack(digest)).join());`),
  });
  if (output === null) return t.skip('needs the right to mount');
  assert.equal(output, 'DISK_FULL Nothing of it is kept\n0\nbig\n');
});

test('a full disk refuses a piece of an output, keeps what was written, and goes on once there is room', (t) => {
  const output = runOnSmallDisk({
    bytes: 1024 * 1024,
    program: program(`
      const { openOutputs } = await import(${module('outputs.ts')});
      const { rmSync, writeFileSync } = await import('node:fs');
      const outputs = openOutputs('/mnt/outputs');
      const writer = outputs.writer('build', 'b');
      writer.write('one\\n');
      writeFileSync('/mnt/rest', Buffer.alloc(1000 * 1024));
      try { writer.write('x'.repeat(60000)); } catch (error) { console.log(error.code, error.message); }
      try { outputs.keep('sbom', 'b', 'x'.repeat(60000)); } catch (error) { console.log(error.code); }
      console.log(await outputs.exists('sbom', 'b'), readdirSync('/mnt/outputs/sbom').length);
      rmSync('/mnt/rest');
      writer.write('two\\n');
      await writer.end('failed');
      const options = { follow: true, signal: AbortSignal.timeout(10000) };
      console.log(JSON.stringify((await Array.fromAsync(outputs.read('build', 'b', options))).join('')));`),
  });
  if (output === null) return t.skip('needs the right to mount');
  assert.equal(
    output,
    'DISK_FULL Cannot keep the output: the disk is full\nDISK_FULL\nfalse 0\n"one\\ntwo\\n"\n',
  );
});
