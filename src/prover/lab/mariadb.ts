/** MariaDB for the check, as services of kind `mysql`: servers in the chamber, a database with a login of its own for each deploy. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { MariadbPrograms, UserId } from '../chamber/job.ts';
import { Unobservable } from '../unobservable.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import {
  askMariadb,
  type HeldSession,
  holdMariadb,
  MariadbError,
  type MariadbSocket,
  quoteIdentifier,
} from './mariadb-client.ts';
import { copyModel, environment, settings } from './mariadb-model.ts';
import type { DatabaseServer, Service, TableLock } from './service.ts';

export interface MariadbOptions {
  readonly bwrap: string;
  readonly programs: MariadbPrograms;
  /** Where the server's folder is made. */
  readonly folder: string;
  readonly user: UserId | null;
  readonly freePort: () => Promise<number>;
}

/** Root is let in through the socket alone, which lies where no app can see it: by TCP nobody comes from `localhost`. */
const logins = ['--bind-address=127.0.0.1', '--skip-name-resolve'];

interface Naming {
  readonly model: string;
  /** Of its folder. */
  readonly name: string;
  /** Whether it is to be stopped by experiments. */
  readonly own: boolean;
}

export async function startMariadb(
  options: MariadbOptions,
  { model, name, own }: Naming,
): Promise<DatabaseServer> {
  const folder = path.join(options.folder, name);
  await copyModel(model, folder);
  const server = { folder, socket: path.join(folder, 'socket'), port: await options.freePort() };
  const start = (): Promise<Daemon> => startServer(options, server);
  let daemon = await start();
  const switchable = {
    down: () => daemon.stop('SIGTERM'),
    up: async () => {
      daemon = await start();
    },
  };
  const asked = { client: options.programs.client, socket: server.socket };
  return {
    port: server.port,
    own,
    database: (variable) => makeDatabase({ server: asked, port: server.port, own, variable, ...switchable }),
    stop: () => daemon.stop('SIGKILL'),
  };
}

interface Place {
  readonly folder: string;
  readonly socket: string;
  readonly port: number;
}

function startServer({ bwrap, programs, user }: MariadbOptions, place: Place): Promise<Daemon> {
  const { folder, socket, port } = place;
  const where = [`--datadir=${path.join(folder, 'data')}`, `--tmpdir=${path.join(folder, 'tmp')}`];
  const doors = [`--socket=${socket}`, `--port=${port}`, ...logins];
  return startDaemon({
    bwrap,
    argv: [programs.server, '--no-defaults', ...where, ...doors, ...settings],
    env: environment,
    reads: [],
    writes: folder,
    user,
    isUp: () => answers({ client: programs.client, socket }),
  });
}

/** Cannot connect, lost while it asked, being shut down. */
const notUp = [2002, 2013, 1053];

async function answers(server: MariadbSocket): Promise<boolean> {
  if (!existsSync(server.socket)) return false;
  try {
    await askMariadb(server, 'SELECT 1;');
    return true;
  } catch (error) {
    if (error instanceof MariadbError && notUp.includes(error.code)) return false;
    throw error;
  }
}

interface Making extends Pick<Service, 'down' | 'up' | 'variable' | 'own' | 'port'> {
  readonly server: MariadbSocket;
}

async function makeDatabase({ server, port, own, variable, down, up }: Making): Promise<Service> {
  const name = `d${randomBytes(4).toString('hex')}`;
  const password = randomBytes(16).toString('hex');
  await askMariadb(
    server,
    `CREATE DATABASE ${name};
     CREATE USER ${name}@'%' IDENTIFIED BY '${password}';
     GRANT ALL ON ${name}.* TO ${name}@'%';`,
  );
  const locks = new Set<HeldSession>();
  return {
    kind: 'mysql',
    variable,
    url: `mysql://${name}:${password}@127.0.0.1:${port}/${name}`,
    port,
    own,
    connections: () => countSessions(server, `USER = '${name}'`),
    down,
    up,
    lock: (table) => lockTable(table, { server, name, locks }),
    stop: async () => {
      await Promise.all([...locks].map((held) => held.end()));
      await askMariadb(
        server,
        `KILL USER ${name};
         DROP DATABASE IF EXISTS ${name};
         DROP USER ${name}@'%';`,
      );
    },
  };
}

async function countSessions(server: MariadbSocket, which: string): Promise<number> {
  const [count] = await askMariadb(
    server,
    `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ${which};`,
  );
  if (count === undefined) throw new TypeError('MariaDB did not say how many sessions it has');
  return Number(count);
}

interface Locking {
  readonly server: MariadbSocket;
  readonly name: string;
  /** Those that are held now. */
  readonly locks: Set<HeldSession>;
}

async function lockTable(table: string, { server, name, locks }: Locking): Promise<TableLock> {
  try {
    const held = await holdMariadb(server, `LOCK TABLES ${name}.${quoteIdentifier(table)} WRITE;`);
    locks.add(held);
    return {
      waiting: (withinMs) => waitsForLock({ server, name, withinMs }),
      release: async () => {
        locks.delete(held);
        await held.end();
      },
    };
  } catch (error) {
    if (!(error instanceof MariadbError)) throw error;
    throw new Unobservable(`the table ${table} cannot be locked: ${error.message}`);
  }
}

async function waitsForLock({
  server,
  name,
  withinMs,
}: {
  readonly server: MariadbSocket;
  readonly name: string;
  readonly withinMs: number;
}): Promise<boolean> {
  const limit = AbortSignal.timeout(withinMs);
  while (!limit.aborted) {
    if ((await countSessions(server, `USER = '${name}' AND STATE LIKE 'Waiting for table%lock'`)) > 0)
      return true;
    await wait(20);
  }
  return false;
}
