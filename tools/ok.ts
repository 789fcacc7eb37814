/**
 * The gate before every commit: format, lint, types, architecture, pure tests, docs. With `--no-tests` what `npm test` does not
 * do.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const pure = [
  ...globSync('src/{base,factors,platform,api,cli,prover}/**/*.test.ts', { cwd: root, exclude: isOfServers }),
  ...globSync('test/house/*.test.ts', { cwd: root }),
].sort();

/** Those start real servers. */
function isOfServers(file: string): boolean {
  return /^src\/prover\/lab\/(mariadb|nats|postgres|rabbitmq)\.test\.ts$/.test(file);
}

const colours = process.stdout.isTTY ? 'force' : 'off';
const withTests = !process.argv.includes('--no-tests');
const steps: readonly (readonly [string, readonly string[]])[] = [
  ['format and lint', ['tools/biome.ts', 'ci', '--error-on-warnings', `--colors=${colours}`, '.']],
  ['types', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']],
  ...(withTests ? [['pure tests', ['--test', '--test-reporter=dot', ...pure]] as const] : []),
];

for (const [name, args] of steps) {
  const started = performance.now();
  const run = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (run.status === 0) {
    console.log(`ok  ${name} (${seconds} s)`);
    continue;
  }
  process.stdout.write(run.stdout);
  process.stderr.write(run.stderr);
  console.error(`not ok  ${name}: exit code ${run.status} after ${seconds} s`);
  process.exit(1);
}
