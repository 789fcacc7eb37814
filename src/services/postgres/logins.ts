/**
 * The roles that log in, one for each credential. All of them act as `app`, which owns what they make, so that one can go and
 * another come. The server is told what it keeps of a password instead of the password: a statement may end in its log.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { ServiceHost } from '../provider.ts';
import { withSession } from './session.ts';
import { changeState, type PostgresState, requireState } from './state.ts';

/** The one that applications use. */
export const database = 'app';

/** Letters and digits only: it stands in URLs. */
export function newPassword(): string {
  return randomBytes(24).toString('hex');
}

const suffix = /_[0-9a-f]{12}$/;

/** @param label for people: a name, or a login that is to be followed by another */
export function newLogin(label: string): string {
  const name = label
    .replace(suffix, '')
    .replaceAll(/[^a-z0-9]/g, '_')
    .slice(0, 30);
  return `${name}_${randomBytes(6).toString('hex')}`;
}

/** As RFC 5803 writes it. */
export function verifierOf(password: string): string {
  const salt = randomBytes(16);
  const rounds = 4096;
  const salted = pbkdf2Sync(password, salt, rounds, 32, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${rounds}:${salt.toString('base64')}$${stored}:${hmac('Server Key').toString('base64')}`;
}

/** Noted first: a restore that comes between makes the role in the new cluster. */
export async function addLogin(host: ServiceHost, login: string, password: string): Promise<void> {
  const verifier = verifierOf(password);
  await changeState(host, ({ logins }) => ({ logins: { ...logins, [login]: verifier } }));
  await withSession({ state: requireState(host), database }, (client) =>
    client.query(block([ensureLogin(login, verifier)])),
  );
}

export async function removeLogin(host: ServiceHost, login: string): Promise<void> {
  await changeState(host, ({ logins }) => ({
    logins: Object.fromEntries(Object.entries(logins ?? {}).filter(([name]) => name !== login)),
  }));
  await withSession({ state: requireState(host), database }, async (client) => {
    if (!(await isLogin(client, login))) return;
    await client.query(`ALTER ROLE ${escapeIdentifier(login)} NOLOGIN`);
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [login]);
    await client.query(`${handOver(login)} DROP ROLE ${escapeIdentifier(login)}`);
  });
}

interface Client {
  query(text: string, values?: readonly string[]): Promise<{ readonly rowCount: number | null }>;
}

/** Whether it is a role that one of the service's credentials names; `postgres` is none. */
export async function isLogin(client: Client, login: string): Promise<boolean> {
  const { rowCount } = await client.query(
    "SELECT 1 FROM pg_roles WHERE rolname = $1 AND NOT rolsuper AND pg_has_role(oid, 'app', 'member') AND rolname <> 'app'",
    [login],
  );
  return rowCount === 1;
}

/** What it made under its own name becomes the app's. */
export function handOver(login: string): string {
  const role = escapeIdentifier(login);
  return `REASSIGN OWNED BY ${role} TO app; DROP OWNED BY ${role};`;
}

/** Notes the logins of a service that was made before they were noted. */
export async function noteLogins(host: ServiceHost): Promise<void> {
  const state = requireState(host);
  if (state.logins !== null) return;
  const { rows } = await withSession({ state, database }, (client) =>
    client.query<{ rolname: string; rolpassword: string }>(
      `SELECT rolname, rolpassword FROM pg_authid
       WHERE rolcanlogin AND NOT rolsuper AND rolpassword IS NOT NULL AND pg_has_role(oid, 'app', 'member')`,
    ),
  );
  const found = Object.fromEntries(rows.map(({ rolname, rolpassword }) => [rolname, rolpassword]));
  await changeState(host, ({ logins }) => ({ logins: { ...found, ...logins } }));
}

/** One statement on one line: the superuser and the logins of `state`, and no others. `last` ends it, in one transaction with them. */
export function alignStatement({ password, logins }: PostgresState, last = ''): string {
  return block([
    `ALTER ROLE postgres LOGIN SUPERUSER PASSWORD ${escapeLiteral(verifierOf(password))};`,
    removeOthers(Object.keys(logins ?? {})),
    ...Object.entries(logins ?? {}).map(([login, verifier]) => ensureLogin(login, verifier)),
    last,
  ]);
}

function block(steps: readonly string[]): string {
  return `DO $dozen$ DECLARE other record; BEGIN ${steps.join(' ')} END $dozen$;`.replaceAll(/\s+/g, ' ');
}

function removeOthers(logins: readonly string[]): string {
  const kept = ['postgres', ...logins].map(escapeLiteral).join(', ');
  return `
    FOR other IN SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname NOT IN (${kept}) LOOP
      EXECUTE format('REASSIGN OWNED BY %I TO app', other.rolname);
      EXECUTE format('DROP OWNED BY %I', other.rolname);
      EXECUTE format('DROP ROLE %I', other.rolname);
    END LOOP;`;
}

function ensureLogin(login: string, verifier: string): string {
  const role = escapeIdentifier(login);
  return `
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${escapeLiteral(login)}) THEN CREATE ROLE ${role}; END IF;
    ALTER ROLE ${role} LOGIN PASSWORD ${escapeLiteral(verifier)};
    ALTER ROLE ${role} SET role = 'app';
    GRANT app TO ${role};`;
}
