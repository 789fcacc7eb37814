/**
 * The server program of this machine. Dozen brings none: no npm package has Redis as a program that a distribution does not have
 * better. It is run from `/usr`, which every sandbox sees read-only.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { userError } from '../../base/error.ts';

/** The first that is there is used, here and inside the walls. */
export const programNames = ['redis-server', 'valkey-server'] as const;
export const programFolders = ['/usr/local/bin', '/usr/bin'] as const;

/** Before it a snapshot was no part of the append-only file. */
const oldestMajor = 7;

let known: string | null = null;

/** Its major version. @throws SERVICE_KIND_UNAVAILABLE */
export function redisVersion(): string {
  known ??= readVersion(programFolders);
  return known;
}

export function readVersion(folders: readonly string[]): string {
  const file = programNames
    .flatMap((name) => folders.map((folder) => path.join(folder, name)))
    .find((candidate) => existsSync(candidate));
  if (file === undefined)
    throw unavailable(`neither ${programNames.join(' nor ')} is in ${folders.join(', ')}`);
  const { stdout } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  const [, major] = /\bv=(\d+)\./.exec(stdout ?? '') ?? [];
  if (major === undefined) throw unavailable(`${file} does not tell its version`);
  if (Number(major) < oldestMajor)
    throw unavailable(`${file} is of version ${major}, and ${oldestMajor} is needed`);
  return major;
}

function unavailable(why: string): Error {
  return userError('SERVICE_KIND_UNAVAILABLE', `Cannot provide redis: ${why}`, {
    hint: 'apt-get install redis-server (on Debian and Ubuntu), then deploy again; or set its variable by hand to a service of your own',
  });
}
