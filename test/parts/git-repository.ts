/** Git repositories for tests, made by the real git: one author, one time, no configuration of the machine. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

export const gitEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_AUTHOR_DATE: '2024-01-02T03:04:05Z',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_COMMITTER_DATE: '2024-01-02T03:04:05Z',
};

/** A folder that any user can enter, gone after the test. */
export function folder(t: TestContext): string {
  const made = mkdtempSync(path.join(tmpdir(), 'dozen-test-'));
  chmodSync(made, 0o755);
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

export function git(cwd: string, ...args: string[]): string {
  const run = spawnSync('git', ['-c', 'safe.directory=*', ...args], {
    cwd,
    env: gitEnvironment,
    encoding: 'utf8',
  });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.trim();
}

export function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
}

/** A repository with one commit of these files. */
export function repository(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = folder(t);
  git(root, 'init', '--quiet', '--initial-branch=trunk');
  write(root, files);
  commitAll(root);
  return root;
}

export function commitAll(root: string): void {
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--allow-empty', '--message=First words\n\nMore');
}

/** Every path below, folders left out. */
export function listing(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}
