/**
 * PostgreSQL, one server process for each service: its own version, user id, memory and data, so that one app's load or
 * mistake is not another's.
 *
 * ```
 * cluster     superuser `postgres`, known to the provider only
 * database    `app`, owned by the role `app`, which cannot log in
 * attachment  a role of its own that logs in and acts as `app`: what it makes belongs to `app`, so that a credential can go
 *             and its tables stay
 * ```
 */
import { randomBytes } from 'node:crypto';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { platformError } from '../../base/error.ts';
import type { DesiredType, ProcessSpec } from '../../engines/engine.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import type { Service } from '../../factors/04-backing-services/service.ts';
import { describeExit } from '../../factors/06-processes/process.ts';
import { defaultDiskLimit } from '../../factors/06-processes/writable-layer.ts';
import type { ServiceHost, ServiceProvider } from '../provider.ts';
import { postgresVersion } from './runtime.ts';
import { withSession } from './session.ts';
import { openState, type PostgresState, sealState } from './state.ts';

const database = 'app';

/** Revisions of the variables of its processes: only the one that makes the cluster is told the password. */
const withPassword = 0;
const plain = 1;

export const postgresProvider: ServiceProvider = {
  kind: 'postgres',
  versions: ['18'],
  variable: 'DATABASE_URL',
  async create(service, host) {
    const state =
      host.state === null
        ? { format: 1 as const, password: password(), port: host.port() }
        : openState(host.state);
    await host.save(sealState(state));
    await makeCluster(service, host);
    await host.start(this.processes(service, sealState(state)));
    await makeDatabase(state);
  },
  processes: (service, state) => [serverOf(service, openState(state))],
  environment: (state, revision) => ({
    ...base,
    ...(revision === withPassword ? { POSTGRES_PASSWORD: openState(state).password } : {}),
  }),
  async attach(_service, host, name) {
    const state = requireState(host);
    const user = `${name.replaceAll(/[^a-z0-9]/g, '_').slice(0, 30)}_${randomBytes(6).toString('hex')}`;
    const secret = password();
    await withSession({ state, database }, async (client) => {
      await client.query(
        `CREATE ROLE ${escapeIdentifier(user)} LOGIN PASSWORD ${escapeLiteral(secret)} IN ROLE app;
         ALTER ROLE ${escapeIdentifier(user)} SET role = 'app'`,
      );
    });
    return new Secret(`postgres://${user}:${secret}@127.0.0.1:${state.port}/${database}`);
  },
  async detach(_service, host, credential) {
    const user = decodeURIComponent(new URL(credential.reveal()).username);
    await withSession({ state: requireState(host), database }, async (client) => {
      const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [user]);
      if (rowCount === 0) return;
      await client.query(`ALTER ROLE ${escapeIdentifier(user)} NOLOGIN`);
      await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [user]);
      await client.query(
        `REASSIGN OWNED BY ${escapeIdentifier(user)} TO app; DROP OWNED BY ${escapeIdentifier(user)}; DROP ROLE ${escapeIdentifier(user)}`,
      );
    });
  },
  // Its processes and volume are the platform's to remove, and nothing else is left of it.
  destroy: async () => undefined,
  async check(_service, host) {
    await withSession({ state: requireState(host), database }, (client) => client.query('SELECT 1'));
  },
};

const base = { PATH: '/opt/postgres/bin:/usr/bin:/bin', HOME: '/tmp', LANG: 'C.UTF-8', TZ: 'UTC' };

/** Letters and digits only: it stands in URLs. */
function password(): string {
  return randomBytes(24).toString('hex');
}

/** A cluster that was cut off halfway is made anew; `made` says that it is whole. */
const initialise = `set -e
if [ -e /data/made ]; then exit 0; fi
rm -rf /data/cluster
umask 077
printf %s "$POSTGRES_PASSWORD" >/tmp/password
initdb --pgdata=/data/cluster --username=postgres --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8 \\
  --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C --data-checksums
rm /tmp/password
: >/data/made
sync /data/made /data`;

async function makeCluster({ id, name }: Service, host: ServiceHost): Promise<void> {
  const spec = specOf(id, { command: { shell: initialise }, revision: withPassword, port: null });
  const { exit, lastLines } = await host.run({ process: 'initdb.1', spec });
  if (exit.kind === 'code' && exit.code === 0) return;
  throw platformError(
    'SERVICE_NOT_CREATED',
    `Cannot create ${name}: initdb ended with ${describeExit(exit)}: ${lastLines.slice(-3).join(' ')}`,
    {
      hint: 'Mend what it says and deploy again: it begins anew',
    },
  );
}

/** May be cut off anywhere and run again. */
async function makeDatabase(state: PostgresState): Promise<void> {
  await withSession({ state, database: 'postgres' }, async (client) => {
    const roles = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', ['app']);
    if (roles.rowCount === 0) await client.query('CREATE ROLE app NOLOGIN');
    const databases = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (databases.rowCount === 0) await client.query(`CREATE DATABASE ${database} OWNER app`);
  });
  await withSession({ state, database }, (client) =>
    client.query(
      'ALTER SCHEMA public OWNER TO app; REVOKE CONNECT ON DATABASE app FROM PUBLIC; GRANT CONNECT ON DATABASE app TO app',
    ),
  );
}

function serverOf({ id }: Service, { port }: PostgresState): DesiredType {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '/tmp',
    max_connections: '50',
    shared_buffers: '32MB',
    min_wal_size: '32MB',
    max_wal_size: '256MB',
    // Reads by the backends themselves: three idle workers less for each service.
    io_method: 'sync',
    jit: 'off',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
  const argv = [
    '/opt/postgres/bin/postgres',
    '-D',
    '/data/cluster',
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  return {
    type: 'postgres',
    quantity: 1,
    spec: specOf(id, { command: { argv }, revision: plain, port }),
    readiness: { kind: 'listens', healthPath: null, timeoutMs: 60_000 },
    replacement: 'stop-first',
    // Fast shutdown: it ends sessions, writes a checkpoint and leaves nothing to recover.
    stop: { signal: 'SIGINT', target: 'main', graceMs: 60_000 },
  };
}

const memoryLimit = 1024 * 1024 * 1024;

function specOf(
  ownerId: string,
  {
    command,
    revision,
    port,
  }: { readonly command: ProcessSpec['command']; readonly revision: number; readonly port: number | null },
): ProcessSpec {
  return {
    command,
    layers: [],
    runtimes: [{ name: 'postgres', version: postgresVersion }],
    environment: { ownerId, revision },
    volumes: [{ name: 'data', path: '/data' }],
    port,
    memoryLimit,
    cpu: null,
    diskLimit: defaultDiskLimit,
  };
}

function requireState({ state }: ServiceHost): PostgresState {
  if (state !== null) return openState(state);
  throw platformError('SERVICE_NOT_CREATED', 'Cannot use a PostgreSQL service: it was never created', {
    hint: 'Deploy again',
  });
}
