/**
 * Redis, or Valkey, one server process for each service: where its program is on the machine. What it was told is on disk within a
 * second (`appendfsync everysec`). Its users are not in its data but in the provider's state, which the server is given at each
 * start.
 */
import { platformError, userError } from '../../base/error.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import type { Service } from '../../factors/04-backing-services/service.ts';
import { writeBackup } from '../backup-file.ts';
import type { ServiceHost, ServiceProvider } from '../provider.ts';
import { redisVersion } from './program.ts';
import { restoreSnapshot } from './restore.ts';
import { environmentOf, serverOf } from './server.ts';
import { type Session, withSession } from './session.ts';
import { changeState, firstFolder, openState, requireState, sealState } from './state.ts';
import { hashOf, newPassword, newUser, rights } from './users.ts';

export const redisProvider: ServiceProvider = {
  kind: 'redis',
  get versions() {
    return [redisVersion()];
  },
  variable: 'REDIS_URL',
  async create(service, host) {
    if (host.state === null) await host.save(newState(host));
    await host.start(this.processes(service, sealState(requireState(host))));
    await this.check(service, host);
  },
  processes: (service, state) => [serverOf(service, openState(state))],
  environment: (state, revision) => environmentOf(openState(state), revision),
  attach: (_service, host, name) => makeCredential(host, name),
  detach: (_service, host, credential) => removeUser(host, userOf(credential)),
  async detachOthers(_service, host, kept) {
    const names = new Set(kept.map(userOf));
    for (const user of Object.keys(requireState(host).users))
      if (!names.has(user)) await removeUser(host, user);
  },
  async rotate(service, host, credential) {
    const old = userOf(credential);
    if (!Object.hasOwn(requireState(host).users, old)) throw unknown(service);
    return makeCredential(host, old);
  },
  async backup(service, host, into) {
    const { signal } = host;
    const head = { ...backupKind(service), createdAt: host.now() };
    return asAdmin(host, ({ snapshot }) => writeBackup(head, { data: snapshot(), into, signal }));
  },
  restore(service, host, from) {
    return restoreSnapshot({ service, host, provider: this }, { from, expected: backupKind(service) });
  },
  // Its processes and volume are the platform's to remove, and nothing else is left of it.
  destroy: async () => undefined,
  check: (_service, host) => asAdmin(host, async () => undefined),
};

function newState(host: ServiceHost): Secret {
  return sealState({ format: 1, password: newPassword(), port: host.port(), folder: firstFolder, users: {} });
}

function asAdmin<T>(host: ServiceHost, work: (session: Session) => Promise<T>): Promise<T> {
  return withSession({ state: requireState(host), signal: host.signal }, work);
}

async function makeCredential(host: ServiceHost, label: string): Promise<Secret> {
  const [user, password] = [newUser(label), newPassword()];
  const hash = hashOf(password);
  await changeState(host, ({ users }) => ({ users: { ...users, [user]: hash } }));
  await asAdmin(host, ({ call }) => call('ACL', 'SETUSER', user, 'reset', 'on', `#${hash}`, ...rights));
  return new Secret(`redis://${user}:${password}@127.0.0.1:${requireState(host).port}`);
}

/** Noted first: a server that starts meanwhile is not told of it any more. */
async function removeUser(host: ServiceHost, gone: string): Promise<void> {
  await changeState(host, ({ users }) => ({
    users: Object.fromEntries(Object.entries(users).filter(([name]) => name !== gone)),
  }));
  await asAdmin(host, async ({ call }) => void (await call('ACL', 'DELUSER', gone)));
}

function userOf(credential: Secret): string {
  return decodeURIComponent(new URL(credential.reveal()).username);
}

function backupKind({ kind, version, name }: Service): { readonly kind: string; readonly version: string } {
  if (version !== null) return { kind, version };
  throw platformError('SERVICE_NOT_CREATED', `Cannot use ${name}: its version was never noted`, {
    hint: 'Deploy again',
  });
}

function unknown({ name }: Service): Error {
  return userError(
    'SERVICE_CREDENTIAL_UNKNOWN',
    `Cannot rotate a credential of ${name}: it is none of the service's, or was detached`,
    { hint: 'Attach the service again: that makes a new one' },
  );
}
