/**
 * Runtimes in a backup: a tar each, for they have programs and links. Those that come with Dozen and those of services are made
 * again from it, and are left out.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { platformError } from '../../base/error.ts';
import { ownRuntime } from '../../builders/runtimes.ts';
import { homeFolder } from '../../store/home.ts';
import { serviceRuntimes } from '../providers.ts';

/** Their names, each a file `NAME.tar` in `into`. */
export async function packRuntimes(home: string, into: string): Promise<readonly string[]> {
  const folder = homeFolder(home, 'runtimes');
  const names = existsSync(folder) ? readdirSync(folder).filter(isFetched) : [];
  for (const name of names)
    await tar('--create', `--file=${path.join(into, name)}.tar`, '--directory', folder, '--', name);
  return names;
}

/** In a home that is being made: each tar becomes what is in it. */
export async function unpackRuntimes(home: string): Promise<void> {
  const folder = homeFolder(home, 'runtimes');
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const file = path.join(folder, name);
    await tar('--extract', '--no-same-owner', `--file=${file}`, '--directory', folder);
    rmSync(file);
  }
}

function isFetched(folderName: string): boolean {
  const [, name = '', version = ''] = /^([a-z][a-z0-9-]*)@([\w.+-]+)-[a-z0-9]+$/.exec(folderName) ?? [];
  return name !== '' && !serviceRuntimes.has(name) && ownRuntime({ name, version }) === undefined;
}

async function tar(...args: readonly string[]): Promise<void> {
  const run = spawn('tar', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  run.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-500);
  });
  const [code] = (await once(run, 'close')) as [number | null];
  if (code === 0) return;
  throw platformError(
    'RUNTIME_NOT_ARCHIVED',
    `Cannot back up or restore a runtime: tar ended with ${code}: ${said.trim()}`,
    {
      hint: 'Look at the disk (df -h), then try again; nothing was changed',
    },
  );
}
