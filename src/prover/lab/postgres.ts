/** PostgreSQL for the check: servers in the chamber, and a database with a login of its own for each deploy. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { UserId } from '../chamber/job.ts';
import { Unobservable } from '../unobservable.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import type { DatabaseServer, Service, TableLock } from './service.ts';

export interface PostgresOptions {
  readonly bwrap: string;
  /** A folder with `bin/postgres` in it. */
  readonly programs: string;
  /** For data, that the user may write to. */
  readonly folder: string;
  /** Where a new cluster is kept to be copied, by this check and later ones. */
  readonly model: string;
  readonly user: UserId | null;
  readonly freePort: () => Promise<number>;
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

/** The superuser is let in through the socket alone, which lies where no app can see it. */
const logins = `local all ${superuser} trust
host all ${superuser} all reject
host all all 127.0.0.1/32 password
`;

/** @param name of its data folder @param own whether it is to be stopped by experiments */
export async function startPostgres(
  options: PostgresOptions,
  { name, own }: { readonly name: string; readonly own: boolean },
): Promise<DatabaseServer> {
  const data = makeCluster(options, name);
  const server = { socket: data, port: await options.freePort() };
  const start = (): Promise<Daemon> => startServer(options, server);
  let daemon = await start();
  const switchable = {
    down: () => daemon.stop('SIGINT'),
    up: async () => {
      daemon = await start();
    },
  };
  return {
    port: server.port,
    own,
    database: (variable) => makeDatabase({ server, own, variable, ...switchable }),
    stop: () => daemon.stop('SIGQUIT'),
  };
}

/** A copy of one that is made once: `initdb` takes a second. */
function makeCluster(options: PostgresOptions, name: string): string {
  const { folder, model, user } = options;
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o711);
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const data = path.join(folder, name);
  if (existsSync(model)) copy(model, data);
  else {
    initialise(options, data);
    keep(data, model);
  }
  writeFileSync(path.join(data, 'pg_hba.conf'), logins);
  return data;
}

/** On disk before it has its name. Another check may have been first: its cluster is as good. */
function keep(data: string, model: string): void {
  mkdirSync(path.dirname(model), { recursive: true, mode: 0o700 });
  const draft = `${model}.${randomBytes(6).toString('hex')}`;
  try {
    copy(data, draft);
    carryOut('sync', ['--file-system', draft]);
    renameSync(draft, model);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function copy(from: string, to: string): void {
  carryOut('cp', ['-a', '--reflink=auto', from, to]);
}

function carryOut(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr.trim()}`);
}

function initialise({ programs, user }: PostgresOptions, data: string): void {
  const identity = user === null ? {} : { uid: user.uid, gid: user.gid };
  const args = [
    `--pgdata=${data}`,
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
    throw new Unobservable(`initdb failed: ${made.error?.message ?? complaintIn(made.stderr)}`);
}

/** After what went wrong, `initdb` tells what it took away. */
function complaintIn(stderr: string): string {
  const lines = stderr.trim().split('\n');
  return lines.filter((line) => /error|fatal/i.test(line)).join('; ') || lines.join('; ');
}

interface Address {
  /** The folder of its socket. */
  readonly socket: string;
  readonly port: number;
}

function startServer({ bwrap, programs, user }: PostgresOptions, server: Address): Promise<Daemon> {
  const { socket, port } = server;
  const where = ['listen_addresses=127.0.0.1', `unix_socket_directories=${socket}`];
  const flags = [...settings, ...where].flatMap((each) => ['-c', each]);
  return startDaemon({
    bwrap,
    argv: [path.join(programs, 'bin/postgres'), '-D', socket, '-p', String(port), ...flags],
    env: environmentOf(programs),
    reads: [programs],
    writes: socket,
    user,
    isUp: () => answers(server),
  });
}

function environmentOf(programs: string): Record<string, string> {
  return { LD_LIBRARY_PATH: path.join(programs, 'lib'), PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TZ: 'UTC' };
}

const cannotConnectNow = '57P03';

/** While it starts up, it takes connections and turns them away. */
async function answers(server: Address): Promise<boolean> {
  try {
    await asSuperuser(server, async (client) => client.query('SELECT 1'));
    return true;
  } catch (error) {
    if (
      ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', cannotConnectNow].includes(
        (error as { code?: string }).code ?? '',
      )
    )
      return false;
    throw error;
  }
}

interface Making extends Pick<Service, 'down' | 'up' | 'variable' | 'own'> {
  readonly server: Address;
}

async function makeDatabase({ server, own, variable, down, up }: Making): Promise<Service> {
  const { port } = server;
  const name = `d${randomBytes(4).toString('hex')}`;
  const password = randomBytes(16).toString('hex');
  await asSuperuser(server, async (client) => {
    await client.query(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
    await client.query(`CREATE DATABASE ${name} OWNER ${name}`);
  });
  return {
    kind: 'postgres',
    variable,
    url: `postgres://${name}:${password}@127.0.0.1:${port}/${name}`,
    port,
    own,
    connections: () => countConnections(server, name),
    down,
    up,
    lock: (table) => lockTable(table, { server, name }),
    stop: () =>
      asSuperuser(server, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  };
}

function countConnections(server: Address, name: string): Promise<number> {
  return asSuperuser(server, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM pg_stat_activity WHERE usename = $1',
      [name],
    );
    return rows[0]?.count ?? 0;
  });
}

async function lockTable(
  table: string,
  { server, name }: { readonly server: Address; readonly name: string },
): Promise<TableLock> {
  const client = await connectTo(server, name);
  try {
    await client.query('BEGIN');
    await client.query(`LOCK TABLE ${pg.escapeIdentifier(table)} IN ACCESS EXCLUSIVE MODE`);
  } catch (error) {
    await client.end();
    throw new Unobservable(`the table ${table} cannot be locked: ${(error as Error).message}`);
  }
  return {
    waiting: (withinMs) => waitsForLock({ server, name, withinMs }),
    release: async () => {
      await client.query('ROLLBACK');
      await client.end();
    },
  };
}

async function waitsForLock({
  server,
  name,
  withinMs,
}: {
  readonly server: Address;
  readonly name: string;
  readonly withinMs: number;
}): Promise<boolean> {
  const limit = AbortSignal.timeout(withinMs);
  return asSuperuser(server, async (client) => {
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

async function asSuperuser<T>(server: Address, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connectTo(server, 'postgres');
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function connectTo({ socket, port }: Address, database: string): Promise<pg.Client> {
  const client = new pg.Client({ host: socket, port, user: superuser, database });
  // A server that is stopped under it ends the connection; the next query says so.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
