import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '../..');

test('no source asks a shell to run what it was given', () => {
  const shells = globSync('{src,tools,test,bench}/**/*.ts', { cwd: root })
    .filter((file) => !file.startsWith('test/house/'))
    .filter((file) =>
      /\bexecSync\(|\bexecFile(Sync)?\(|shell:\s*true|[^.\w]exec\(/.test(
        readFileSync(path.join(root, file), 'utf8'),
      ),
    );
  assert.deepEqual(shells, []);
});
