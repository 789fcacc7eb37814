import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '../..');

test('the pages of docs/probes are what the definitions say', () => {
  const run = spawnSync(process.execPath, ['tools/probe-pages.ts', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(run.stderr, '', 'node tools/probe-pages.ts writes them');
  assert.equal(run.status, 0);
});
