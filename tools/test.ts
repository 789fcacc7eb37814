/**
 * Everything: compiles, then runs every test in one run of Node's test runner, with one closing summary. Arguments are
 * passed on, e.g. `npm test -- --test-name-pattern=router`.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

function run(args: readonly string[]): void {
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

run(['tools/prepare.ts']);
const files = globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: root }).sort();
run([
  '--import=./test/parts/file-limit.ts',
  '--test',
  // More than cores: many wait more than they work.
  '--test-concurrency=3',
  '--test-timeout=600000',
  ...process.argv.slice(2),
  ...files,
]);
