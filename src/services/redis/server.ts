/** The processes of a Redis service: its server, and programs that run once over its data. */
import type { DesiredType, ProcessSpec } from '../../engines/engine.ts';
import type { Service } from '../../factors/04-backing-services/service.ts';
import { defaultDiskLimit } from '../../factors/06-processes/writable-layer.ts';
import { programFolders, programNames } from './program.ts';
import type { RedisState } from './state.ts';
import { userList } from './users.ts';

/** Revisions of the variables of its processes: only the server is told the users. */
const withUsers = 1;
const plain = 2;

export function environmentOf(state: RedisState, revision: number): Readonly<Record<string, string>> {
  return revision === withUsers ? { ...base, REDIS_USERS: userList(state) } : base;
}

const base = { PATH: `${programFolders.join(':')}:/bin`, HOME: '/tmp', LANG: 'C.UTF-8', TZ: 'UTC' };

export function serverOf({ id }: Service, { port, folder }: RedisState): DesiredType {
  return {
    type: 'redis',
    quantity: 1,
    spec: specOf(id, { shell: serve({ port, folder }), revision: withUsers, port }),
    readiness: { kind: 'listens', healthPath: null, timeoutMs: 60_000 },
    replacement: 'stop-first',
    stop: { signal: 'SIGTERM', target: 'main', graceMs: 60_000 },
  };
}

/** @param shell a line that holds nothing of a user's */
export function onceOf({ id }: Service, shell: string): ProcessSpec {
  return specOf(id, { shell, revision: plain, port: null });
}

/** Half of the quota: while the append-only file is written anew there may be two copies of what changes meanwhile. */
const maxMemory = '512mb';
const memoryLimit = 1024 * 1024 * 1024;

function serve({ port, folder }: Pick<RedisState, 'port' | 'folder'>): string {
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: `/data/${folder}`,
    aclfile: '/tmp/users',
    appendonly: 'yes',
    appendfsync: 'everysec',
    // The append-only file is all that is kept.
    save: "''",
    maxmemory: maxMemory,
    'maxmemory-policy': 'noeviction',
    // A backup begins at once.
    'repl-diskless-sync-delay': '0',
  };
  const options = Object.entries(settings).map(([name, value]) => `--${name} ${value}`);
  return `set -e
umask 077
if ! [ -d /data/${folder} ]; then mkdir /data/${folder}; sync /data; fi
printf '%s\\n' "$REDIS_USERS" >/tmp/users
unset REDIS_USERS
exec "$(${programNames.map((name) => `command -v ${name}`).join(' || ')})" ${options.join(' ')}`;
}

function specOf(
  ownerId: string,
  {
    shell,
    revision,
    port,
  }: { readonly shell: string; readonly revision: number; readonly port: number | null },
): ProcessSpec {
  return {
    command: { shell },
    layers: [],
    runtimes: [],
    environment: { ownerId, revision },
    volumes: [{ name: 'data', path: '/data' }],
    port,
    memoryLimit,
    cpu: null,
    diskLimit: defaultDiskLimit,
  };
}
