/** Runs Biome from its platform package, with the arguments given. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const binary = path.join(root, `node_modules/@biomejs/cli-linux-${process.arch}/biome`);
const run = spawnSync(binary, process.argv.slice(2), { cwd: root, stdio: 'inherit' });
if (run.error) throw run.error;
process.exitCode = run.status ?? 1;
