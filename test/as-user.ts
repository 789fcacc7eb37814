/**
 * Runs test files again as an ordinary user when the suite runs as root. What they need is copied to a folder that user can
 * read: the checkout may lie where only root can look.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

/** Nobody's, and in no /etc/passwd: what works for this user works for one that is known. */
const uid = 64_321;
const root = path.join(import.meta.dirname, '..');

/** @param files relative to the repository's root. `packages`: they need what is installed. Registers one test; none when the suite runs as an ordinary user anyway. */
export function testAsUser(
  files: readonly string[],
  { timeoutMs, packages = false }: { readonly timeoutMs: number; readonly packages?: boolean },
): void {
  if (process.getuid?.() !== 0) return;
  test(`as an ordinary user: ${files.join(', ')}`, { timeout: timeoutMs }, () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'dozen-user-'));
    try {
      const run = runIn(folder, { files, timeoutMs: timeoutMs - 5_000, packages });
      if (run.status !== 0)
        throw new Error(
          `exit ${run.status ?? run.signal}\n${run.stdout.slice(-8000)}\n${run.stderr.slice(-2000)}`,
        );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function runIn(
  folder: string,
  {
    files,
    timeoutMs,
    packages,
  }: { readonly files: readonly string[]; readonly timeoutMs: number; readonly packages: boolean },
) {
  const [home, temporary] = ['home', 'tmp'].map((name) => path.join(folder, name)) as [string, string];
  for (const name of ['src', 'test', 'package.json'])
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  // Nothing else is installed there: what an ordinary user's terminal is made of.
  const terminal = 'node_modules/@lydell';
  if (existsSync(path.join(root, terminal)))
    cpSync(path.join(root, terminal), path.join(folder, terminal), { recursive: true });
  const node = path.join(folder, 'node');
  cpSync(process.execPath, node);
  writeFileSync(path.join(folder, 'tsconfig.json'), '{}');
  for (const own of [home, temporary]) {
    mkdirSync(own);
    chownSync(own, uid, uid);
  }
  chmodSync(folder, 0o755);
  spawnSync('chmod', ['-R', 'a+rX', folder]);
  if (packages) linkPackages(folder);
  const identity = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];
  return spawnSync('setpriv', [...identity, node, '--test', '--test-reporter=spec', ...files], {
    cwd: folder,
    encoding: 'utf8',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: home, TMPDIR: temporary },
  });
}

/** All that is installed, as links where the disk is the same: nothing writes to it. */
function linkPackages(folder: string): void {
  const [from, to] = [root, folder].map((each) => path.join(each, 'node_modules')) as [string, string];
  rmSync(to, { recursive: true, force: true });
  const how = statSync(from).dev === statSync(folder).dev ? '--link' : '--reflink=auto';
  const copied = spawnSync('cp', ['-a', how, from, to], { encoding: 'utf8' });
  if (copied.status !== 0) throw new Error(copied.stderr);
}
