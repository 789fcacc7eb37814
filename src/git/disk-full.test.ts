import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { runOnSmallDisk } from '../../test/parts/small-disk.ts';

test('a full disk is named when the source does not fit', (t) => {
  const root = mkdtempSync(path.join(tmpdir(), 'dozen-test-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(path.join(root, 'big'), Buffer.alloc(3 * 1024 * 1024, 'x'));
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  for (const args of [
    ['init', '--quiet'],
    ['add', '.'],
    ['commit', '--quiet', '--message=one'],
  ]) {
    assert.equal(spawnSync('git', [...identity, ...args], { cwd: root }).status, 0);
  }
  const module = JSON.stringify(path.join(import.meta.dirname, 'working-copy.ts'));
  const output = runOnSmallDisk({
    bytes: 1024 * 1024,
    program: `
      import { mkdirSync } from 'node:fs';
      import { openWorkingCopy } from ${module};
      const limits = { bytes: 1e9, files: 1000 };
      const snapshot = await openWorkingCopy(${JSON.stringify(root)}, { from: 'commit', limits });
      mkdirSync('/mnt/app');
      await snapshot.extract('/mnt/app').catch((error) => console.log(error.code, error.message));
      snapshot.close();`,
  });
  if (output === null) return t.skip('needs the right to mount');
  assert.equal(output, 'DISK_FULL Cannot extract the source into "/mnt/app": the disk is full\n');
});
