import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { runOnSmallDisk } from '../../../test/parts/small-disk.ts';

test('where no hook can be run, no push is received', (t) => {
  const module = JSON.stringify(path.join(import.meta.dirname, 'repositories.ts'));
  const output = runOnSmallDisk({
    bytes: 4 * 1024 * 1024,
    program: `
      import { spawnSync } from 'node:child_process';
      import { openRepositories } from ${module};
      openRepositories('/mnt/may');
      const { status } = spawnSync('mount', ['-o', 'remount,bind,noexec', '/mnt']);
      try {
        openRepositories('/mnt/may');
      } catch (error) {
        console.log(status, error.code, error.message);
      }`,
  });
  if (output === null) return t.skip('needs the right to mount');
  assert.equal(
    output,
    '0 GIT_HOOK_BLOCKED Cannot receive pushes: "/mnt/may/hooks/pre-receive" may not be run\n',
  );
});
