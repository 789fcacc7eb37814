/** PostgreSQL for the check: servers in the chamber, and a database with a login of its own for each deploy. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { UserId } from '../chamber/job.ts';
import { Unobservable } from '../unobservable.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import type { Service, TableLock } from './service.ts';

export interface PostgresOptions {
  /** A folder with `bin/postgres` in it. */
  readonly programs: string;
  /** For data, that the user may write to. */
  readonly folder: string;
  readonly user: UserId | null;
  readonly freePort: () => Promise<number>;
}

export interface PostgresServer {
  readonly port: number;
  readonly own: boolean;
  /** A new database with a login of its own. */
  database(variable: string): Promise<Service>;
  stop(): Promise<void>;
}

const superuser = 'check';
/** Data of a check is worth nothing after it. */
const settings = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'shared_buffers=32MB',
  'max_connections=200',
];

/** @param name of its data folder @param own whether it is to be stopped by experiments */
export async function startPostgres(
  options: PostgresOptions,
  { name, own }: { readonly name: string; readonly own: boolean },
): Promise<PostgresServer> {
  const data = makeCluster(options, name);
  const port = await options.freePort();
  const start = (): Promise<Daemon> => startServer(options, { data, port });
  let daemon = await start();
  const switchable = {
    down: () => daemon.stop('SIGINT'),
    up: async () => {
      daemon = await start();
    },
  };
  return {
    port,
    own,
    database: (variable) => makeDatabase({ port, own, variable, ...switchable }),
    stop: () => daemon.stop('SIGQUIT'),
  };
}

/** A copy of one cluster that is made once: `initdb` takes a second. */
function makeCluster(options: PostgresOptions, name: string): string {
  const { folder, user } = options;
  const model = path.join(folder, 'model');
  if (!existsSync(model)) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o711);
    if (user !== null) chownSync(folder, user.uid, user.gid);
    initialise(options, model);
  }
  const data = path.join(folder, name);
  cpSync(model, data, { recursive: true });
  chmodSync(data, 0o700);
  if (user !== null) spawnSync('chown', ['-R', `${user.uid}:${user.gid}`, data]);
  return data;
}

function initialise({ programs, user }: PostgresOptions, model: string): void {
  const identity = user === null ? {} : { uid: user.uid, gid: user.gid };
  const args = [
    `--pgdata=${model}`,
    `--username=${superuser}`,
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ];
  const made = spawnSync(path.join(programs, 'bin/initdb'), args, {
    ...identity,
    cwd: '/',
    env: environmentOf(programs),
    encoding: 'utf8',
  });
  if (made.status !== 0)
    throw new Unobservable(
      `initdb failed: ${(made.error?.message ?? made.stderr).trim().split('\n').at(-1)}`,
    );
}

function startServer(
  { programs, user }: PostgresOptions,
  { data, port }: { readonly data: string; readonly port: number },
): Promise<Daemon> {
  const flags = [...settings, 'listen_addresses=127.0.0.1', 'unix_socket_directories='].flatMap((each) => [
    '-c',
    each,
  ]);
  return startDaemon({
    argv: [path.join(programs, 'bin/postgres'), '-D', data, '-p', String(port), ...flags],
    cwd: '/',
    env: environmentOf(programs),
    user,
    port,
    isUp: () => answers(port),
  });
}

/** It takes connections before it is up, and answers them with a refusal. */
async function answers(port: number): Promise<boolean> {
  try {
    await asSuperuser(port, 'postgres', (client) => client.query('SELECT 1'));
    return true;
  } catch {
    return false;
  }
}

function environmentOf(programs: string): Record<string, string> {
  return { LD_LIBRARY_PATH: path.join(programs, 'lib'), PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TZ: 'UTC' };
}

interface Making extends Pick<Service, 'down' | 'up' | 'variable' | 'own' | 'port'> {}

async function makeDatabase({ port, own, variable, down, up }: Making): Promise<Service> {
  const name = `d${randomBytes(4).toString('hex')}`;
  const password = randomBytes(16).toString('hex');
  await asSuperuser(port, 'postgres', async (client) => {
    await client.query(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
    await client.query(`CREATE DATABASE ${name} OWNER ${name}`);
  });
  return {
    kind: 'postgres',
    variable,
    url: `postgres://${name}:${password}@127.0.0.1:${port}/${name}`,
    port,
    own,
    connections: () => countConnections(port, name),
    down,
    up,
    lock: (table) => lockTable(table, { port, name }),
    stop: () =>
      asSuperuser(port, 'postgres', async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  };
}

function countConnections(port: number, name: string): Promise<number> {
  return asSuperuser(port, 'postgres', async (client) => {
    const { rows } = await client.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM pg_stat_activity WHERE usename = $1',
      [name],
    );
    return rows[0]?.count ?? 0;
  });
}

async function lockTable(
  table: string,
  { port, name }: { readonly port: number; readonly name: string },
): Promise<TableLock> {
  const client = await connectTo(port, name);
  try {
    await client.query('BEGIN');
    await client.query(`LOCK TABLE ${pg.escapeIdentifier(table)} IN ACCESS EXCLUSIVE MODE`);
  } catch (error) {
    await client.end();
    throw new Unobservable(`the table ${table} cannot be locked: ${(error as Error).message}`);
  }
  return {
    waiting: (withinMs) => waitsForLock({ port, name, withinMs }),
    release: async () => {
      await client.query('ROLLBACK');
      await client.end();
    },
  };
}

async function waitsForLock({
  port,
  name,
  withinMs,
}: {
  readonly port: number;
  readonly name: string;
  readonly withinMs: number;
}): Promise<boolean> {
  const limit = AbortSignal.timeout(withinMs);
  return asSuperuser(port, 'postgres', async (client) => {
    while (!limit.aborted) {
      const { rowCount } = await client.query(
        "SELECT 1 FROM pg_stat_activity WHERE usename = $1 AND wait_event_type = 'Lock'",
        [name],
      );
      if ((rowCount ?? 0) > 0) return true;
      await wait(20);
    }
    return false;
  });
}

async function asSuperuser<T>(
  port: number,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connectTo(port, database);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function connectTo(port: number, database: string): Promise<pg.Client> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: superuser, database });
  // A server that is stopped under it ends the connection; the next query says so.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
