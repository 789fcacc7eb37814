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
import { userError } from '../../base/error.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import type { Service } from '../../factors/04-backing-services/service.ts';
import { writeBackup } from '../backup-file.ts';
import type { ServiceHost, ServiceProvider } from '../provider.ts';
import { withBaseBackup } from './base-backup.ts';
import { makeCluster, makeDatabase } from './cluster.ts';
import {
  addLogin,
  database,
  handOver,
  isLogin,
  newLogin,
  newPassword,
  noteLogins,
  removeLogin,
} from './logins.ts';
import { restoreCluster } from './restore.ts';
import { environmentOf, serverOf } from './server.ts';
import { withSession } from './session.ts';
import { firstCluster, openState, requireState, sealState } from './state.ts';

export const postgresProvider: ServiceProvider = {
  kind: 'postgres',
  versions: ['18'],
  variable: 'DATABASE_URL',
  async create(service, host) {
    if (host.state === null) await host.save(sealState(newState(host)));
    await makeCluster(service, host);
    const state = requireState(host);
    await host.start(this.processes(service, sealState(state)));
    await makeDatabase(state);
  },
  processes: (service, state) => [serverOf(service, openState(state))],
  environment: (state, revision) => environmentOf(openState(state), revision),
  async attach(_service, host, name) {
    await noteLogins(host);
    return makeCredential(host, name);
  },
  async detach(_service, host, credential) {
    await noteLogins(host);
    await removeLogin(host, loginOf(credential));
  },
  async detachOthers(_service, host, kept) {
    await noteLogins(host);
    const names = new Set(kept.map(loginOf));
    for (const login of Object.keys(requireState(host).logins ?? {}))
      if (!names.has(login)) await removeLogin(host, login);
  },
  async rotate(service, host, credential) {
    await noteLogins(host);
    const old = loginOf(credential);
    await withSession({ state: requireState(host), database }, async (client) => {
      if (!(await isLogin(client, old))) throw unknown(service);
      await client.query(handOver(old));
    });
    return makeCredential(host, old);
  },
  async backup(service, host, into) {
    const { kind, version } = backupKind(service);
    const { signal } = host;
    const head = { kind, version, createdAt: host.now() };
    return withBaseBackup(requireState(host), signal, (data) => writeBackup(head, { data, into, signal }));
  },
  async restore(service, host, from) {
    await noteLogins(host);
    await restoreCluster({ service, host, provider: this }, { from, expected: backupKind(service) });
  },
  // Its processes and volume are the platform's to remove, and nothing else is left of it.
  destroy: async () => undefined,
  async check(_service, host) {
    await withSession({ state: requireState(host), database }, (client) => client.query('SELECT 1'));
    await noteLogins(host);
  },
};

function newState(host: ServiceHost): Parameters<typeof sealState>[0] {
  return { format: 2, password: newPassword(), port: host.port(), cluster: firstCluster, logins: {} };
}

async function makeCredential(host: ServiceHost, label: string): Promise<Secret> {
  const [login, password] = [newLogin(label), newPassword()];
  await addLogin(host, login, password);
  return new Secret(`postgres://${login}:${password}@127.0.0.1:${requireState(host).port}/${database}`);
}

function loginOf(credential: Secret): string {
  return decodeURIComponent(new URL(credential.reveal()).username);
}

function backupKind({ kind, version }: Service): { readonly kind: string; readonly version: string } {
  return { kind, version: version ?? postgresProvider.versions[0] ?? '' };
}

function unknown({ name }: Service): Error {
  return userError(
    'SERVICE_CREDENTIAL_UNKNOWN',
    `Cannot rotate a credential of ${name}: it is none of the service's, or was detached`,
    { hint: 'Attach the service again: that makes a new one' },
  );
}
