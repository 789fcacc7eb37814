/** What the machine is like. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Finding } from '../../../api/admin.ts';
import { unlessGone } from '../../../engines/local/proc.ts';
import { removeTree } from '../../../engines/local/run-folder.ts';
import { openPipes } from '../../../engines/local/sandbox/pipes.ts';
import { tryIsolation } from '../../../engines/local/trial.ts';
import { openWalls } from '../../../engines/local/walls.ts';
import { programFolders, programNames } from '../../../services/redis/program.ts';
import { randomName } from '../../system.ts';
import { judgeCgroups, judgeDisk, judgeFiles, judgeProgram } from './judge.ts';

type Said = Omit<Finding, 'what'>;

/** One empty process between walls, as the engine tries it at its start. @throws ISOLATION_REFUSED */
export async function lookAtIsolation(): Promise<Said> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-doctor-'));
  try {
    const walls = await openWalls(folder, randomName());
    const pipes = openPipes(path.join(folder, 'pipes'), { ahead: 2 });
    await tryIsolation({ folder: path.join(folder, 'trial'), walls, pipes });
    return { state: 'good', said: 'a process between walls was started and ended', next: null };
  } finally {
    await removeTree(folder);
  }
}

export function lookAtCgroups(root = '/sys/fs/cgroup'): Said {
  const wanted = ['memory', 'pids', 'cpu'];
  const second = path.join(root, 'cgroup.controllers');
  if (existsSync(second)) {
    const listed = readFileSync(second, 'utf8').trim().split(' ');
    return judgeCgroups(2, isWritable(root) ? wanted.filter((name) => listed.includes(name)) : []);
  }
  const first = wanted.filter((name) => isWritable(path.join(root, name)));
  return judgeCgroups(first.includes('memory') ? 1 : null, first.includes('memory') ? first : []);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Of the home, or where it would be made. */
export function lookAtDisk(home: string): Said {
  let folder = home;
  while (!existsSync(folder)) folder = path.dirname(folder);
  const { bavail, bsize, ffree, files } = statfsSync(folder);
  return judgeDisk({ freeBytes: bavail * bsize, freeInodes: ffree, inodes: files === 0 ? null : files });
}

export function lookAtFiles(): Said {
  const limits = unlessGone(() => readFileSync('/proc/self/limits', 'utf8')) ?? '';
  const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(limits) ?? [];
  return judgeFiles(hard === undefined || hard === 'unlimited' ? null : Number(hard));
}

/** Whether a platform could listen there. */
export async function lookAtPort(port: number, option: string): Promise<Said> {
  const server = createServer();
  try {
    server.listen({ host: '127.0.0.1', port, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES')
      return {
        state: 'note',
        said: `${port}: only root may listen there`,
        next: `dozen server ${option} 8080`,
      };
    if (code !== 'EADDRINUSE') throw error;
    const next = `ss -ltnp 'sport = :${port}' names it; end it, or dozen server ${option} PORT`;
    return { state: 'bad', said: `${port}: another program listens there`, next };
  }
  server.close();
  await once(server, 'close');
  return { state: 'good', said: `${port} is free`, next: null };
}

export function lookAtGit(): Said {
  const missing = {
    state: 'bad',
    so: 'not there: nothing can be pushed or deployed',
    next: 'apt-get install git',
  } as const;
  return judgeProgram(versionOf('git'), missing);
}

export function lookAtRedis(): Said {
  const found = programNames
    .flatMap((name) => programFolders.map((folder) => path.join(folder, name)))
    .find((file) => existsSync(file));
  const next = 'apt-get install redis-server, where an app is to have Redis';
  const missing = {
    state: 'note',
    so: 'no redis-server and no valkey-server: redis cannot be had',
    next,
  } as const;
  return judgeProgram(found === undefined ? null : versionOf(found), missing);
}

export function lookAtPsql(): Said {
  const missing = { state: 'note', so: 'not there: Dozen’s own prompt takes its place', next: null } as const;
  return judgeProgram(versionOf('psql'), missing);
}

function versionOf(program: string): string | null {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  return status === 0 ? stdout : null;
}
