/** Finds the programs that experiments need, on PATH and where Debian keeps those of administrators. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { MariadbPrograms, RabbitmqPrograms } from './chamber/job.ts';

/** Null when it is on no path. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  const places = folders.filter((folder) => path.isAbsolute(folder)).map((folder) => path.join(folder, name));
  return places.find(isExecutable) ?? null;
}

/** Null when one of them is missing. */
export function findMariadb(): MariadbPrograms | null {
  const server = findProgram('mariadbd');
  const initialise = findProgram('mariadb-install-db');
  const client = findProgram('mariadb');
  return server === null || initialise === null || client === null ? null : { server, initialise, client };
}

/** Null when one of them is missing. What is on PATH is a wrapper of Debian's that runs the server as a user of its own alone. */
export function findRabbitmq(): RabbitmqPrograms | null {
  const server = '/usr/lib/rabbitmq/bin/rabbitmq-server';
  const call = findProgram('erl_call');
  return call === null || !isExecutable(server) ? null : { server, call };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
