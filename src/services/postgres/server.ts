/** The processes of a PostgreSQL service: its server, and programs that run once over its data. */
import type { DesiredType, ProcessSpec } from '../../engines/engine.ts';
import type { Service } from '../../factors/04-backing-services/service.ts';
import { defaultDiskLimit } from '../../factors/06-processes/writable-layer.ts';
import { postgresVersion } from './runtime.ts';
import type { PostgresState } from './state.ts';

/** Revisions of the variables of its processes: only the one that makes the cluster is told the password. */
export const withPassword = 0;
export const plain = 1;

export function environmentOf(state: PostgresState, revision: number): Readonly<Record<string, string>> {
  return revision === withPassword ? { ...base, POSTGRES_PASSWORD: state.password } : base;
}

const base = { PATH: '/opt/postgres/bin:/usr/bin:/bin', HOME: '/tmp', LANG: 'C.UTF-8', TZ: 'UTC' };

export function serverOf({ id }: Service, { port, cluster }: PostgresState): DesiredType {
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
    `/data/${cluster}`,
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

/** @param shell a line that holds nothing of a user's */
export function onceOf(
  { id }: Service,
  shell: string,
  { revision }: { readonly revision: number },
): ProcessSpec {
  return specOf(id, { command: { shell }, revision, port: null });
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
