/** Compiles `src/` to `dist/`, which is what `bin/dozen` starts: type stripping would cost every command 45 ms. */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const fresh = path.join(root, `dist.${process.pid}`);

const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
const run = spawnSync(
  process.execPath,
  [compiler, '-p', path.join(root, 'tsconfig.build.json'), '--outDir', fresh],
  { cwd: root, stdio: 'inherit' },
);
if (run.status !== 0) {
  rmSync(fresh, { recursive: true, force: true });
  process.exit(run.status ?? 1);
}
for (const script of globSync('**/*.sh', { cwd: path.join(root, 'src') })) {
  cpSync(path.join(root, 'src', script), path.join(fresh, script));
}
const dist = path.join(root, 'dist');
const old = path.join(root, `dist.old.${process.pid}`);
try {
  renameSync(dist, old);
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });
