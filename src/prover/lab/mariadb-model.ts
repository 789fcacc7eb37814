/** A MariaDB's folder with nothing in it, to be copied for each server: it takes seconds to make. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { MariadbPrograms, UserId } from '../chamber/job.ts';
import { Unobservable } from '../unobservable.ts';

export interface ModelOptions {
  readonly programs: Pick<MariadbPrograms, 'initialise'>;
  /** Where it is made. */
  readonly folder: string;
  readonly user: UserId | null;
}

/** Of the servers and of what makes the folder. */
export const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', TZ: 'UTC' };

export const settings = [
  '--innodb-buffer-pool-size=32M',
  '--innodb-log-file-size=8M',
  '--performance-schema=OFF',
  '--max-connections=200',
  '--character-set-server=utf8mb4',
];

/** Root without a password, and from `localhost` alone. */
const onlyRoot =
  "DELETE FROM mysql.global_priv WHERE Host <> 'localhost' OR User NOT IN ('root', 'mariadb.sys');\n";

/** Resolves with where it is. @throws Unobservable */
export async function makeMariadbModel({ programs, folder, user }: ModelOptions): Promise<string> {
  const model = path.join(folder, 'mysql-model');
  for (const each of [model, path.join(model, 'tmp')]) {
    mkdirSync(each);
    if (user !== null) chownSync(each, user.uid, user.gid);
  }
  const extra = path.join(model, 'logins.sql');
  writeFileSync(extra, onlyRoot);
  const access = ['--auth-root-authentication-method=normal', '--skip-test-db', `--extra-file=${extra}`];
  const where = [`--datadir=${path.join(model, 'data')}`, `--tmpdir=${path.join(model, 'tmp')}`];
  const args = ['--no-defaults', ...where, ...access, '--force', ...settings];
  const complaint = await carryOut(programs.initialise, args, user);
  if (complaint !== null) throw new Unobservable(`mariadb-install-db failed: ${complaint}`);
  return model;
}

export async function copyModel(model: string, to: string): Promise<void> {
  const complaint = await carryOut('cp', ['-a', '--reflink=auto', model, to], null);
  if (complaint !== null) throw new Error(complaint);
}

/** Null when it went well, else the last line that it said. */
async function carryOut(
  program: string,
  args: readonly string[],
  user: UserId | null,
): Promise<string | null> {
  const identity = user === null ? {} : { uid: user.uid, gid: user.gid };
  const child = spawn(program, args, {
    ...identity,
    cwd: '/',
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
  if (child.exitCode === 0) return null;
  return said.trim().split('\n').at(-1) || `it ended with ${child.signalCode ?? `code ${child.exitCode}`}`;
}
