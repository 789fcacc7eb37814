/**
 * Which services an app is bound to, and the values its variables have.
 *
 * A credential is kept per app, service and variable, and outlives its attachment: the processes of the release that
 * still names the service may have to start again. It ends with the service.
 */
import { platformError, userError } from '../../base/error.ts';
import type { Secret } from '../../factors/03-config/secret.ts';
import type { Attachment } from '../../factors/04-backing-services/service.ts';
import type { Store } from '../store.ts';
import { openSecret, type Sealed, sealSecret } from './data-keys.ts';
import { type Ledger, requireApp, requireServiceKey } from './ledger.ts';

type Attachments = Pick<Store, 'attachments' | 'attach' | 'reattach' | 'detach' | 'rotateCredential'>;

export function attachmentsOf(ledger: Ledger): Attachments {
  const { db } = ledger;
  return {
    attachments: (appId) => currentAttachments(ledger, appId),
    attach: (appId, { serviceId, variable }, credential) =>
      db.write(() => attach(ledger, { appId, serviceId, variable }, credential)),
    reattach: (appId, { serviceId, variable }, credential) =>
      db.write(() => reattach(ledger, { appId, serviceId, variable }, credential)),
    detach(appId, variable) {
      db.write(() =>
        db.run('DELETE FROM attachments WHERE app_id = :appId AND variable = :variable', { appId, variable }),
      );
    },
    rotateCredential: (appId, { serviceId, variable }, credential) =>
      db.write(() => rotateCredential(ledger, { appId, serviceId, variable }, credential)),
  };
}

/** Sorted by variable. */
export function currentAttachments(ledger: Ledger, appId: string): Attachment[] {
  return ledger.db.all<Attachment>(
    'SELECT service_id AS serviceId, variable FROM attachments WHERE app_id = :appId ORDER BY variable',
    { appId },
  );
}

export interface CredentialName extends Attachment {
  readonly appId: string;
}

/**
 * Its value as it is now. `doing` is what was asked for, e.g. `give release 3 its DATABASE_URL`.
 * @throws SERVICE_GONE
 */
export function readCredential(ledger: Ledger, name: CredentialName, doing: string): Secret {
  const key = requireServiceKey(ledger, name.serviceId, doing);
  const row = ledger.db.one<Sealed>(
    `SELECT key_id AS keyId, sealed FROM credentials
     WHERE app_id = :appId AND service_id = :serviceId AND variable = :variable`,
    { appId: name.appId, serviceId: name.serviceId, variable: name.variable },
  );
  if (row !== null) return openSecret(key, row, binding(name));
  throw platformError('STORE_CORRUPT', `Cannot ${doing}: the store has no value of it`, {
    hint: 'Restore the store from a backup',
  });
}

function attach(ledger: Ledger, name: CredentialName, credential: Secret): void {
  const doing = `attach a service as ${name.variable}`;
  requireApp(ledger, name.appId, doing);
  const key = requireServiceKey(ledger, name.serviceId, doing);
  refuseTaken(ledger, name.appId, name.variable);
  insertAttachment(ledger, name);
  keepCredential(ledger, name, sealSecret(key, credential, binding(name)));
}

function reattach(ledger: Ledger, name: CredentialName, credential: Secret): void {
  const doing = `attach a service as ${name.variable}`;
  requireApp(ledger, name.appId, doing);
  const key = requireServiceKey(ledger, name.serviceId, doing);
  const changed = ledger.db.run(
    'UPDATE attachments SET service_id = :serviceId WHERE app_id = :appId AND variable = :variable',
    { ...name },
  );
  if (changed === 0) {
    throw userError('ATTACHMENT_UNKNOWN', `Cannot ${doing} in the place of another: none is attached as it`, {
      hint: `Attach the service as ${name.variable}`,
    });
  }
  keepCredential(ledger, name, sealSecret(key, credential, binding(name)));
}

function keepCredential(ledger: Ledger, name: CredentialName, sealed: Sealed): void {
  ledger.db.run(
    `INSERT INTO credentials VALUES (:appId, :serviceId, :variable, :keyId, :sealed)
     ON CONFLICT DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed`,
    { ...name, ...sealed },
  );
}

/** Its credential is there, or is inserted with it. */
export function insertAttachment(ledger: Ledger, name: CredentialName): void {
  ledger.db.run('INSERT INTO attachments VALUES (:appId, :variable, :serviceId)', { ...name });
}

function rotateCredential(ledger: Ledger, name: CredentialName, credential: Secret): void {
  const doing = `rotate the credential of ${name.variable}`;
  requireApp(ledger, name.appId, doing);
  const key = requireServiceKey(ledger, name.serviceId, doing);
  const changed = ledger.db.run(
    `UPDATE credentials SET key_id = :keyId, sealed = :sealed
     WHERE app_id = :appId AND service_id = :serviceId AND variable = :variable`,
    { ...name, ...sealSecret(key, credential, binding(name)) },
  );
  if (changed === 1) return;
  throw userError('ATTACHMENT_UNKNOWN', `Cannot ${doing}: the service was never attached as it`, {
    hint: `Attach the service as ${name.variable} first`,
  });
}

function binding(name: CredentialName) {
  return ['credential', name.appId, name.variable] as const;
}

/** Also by the config: one variable has one source. */
function refuseTaken(ledger: Ledger, appId: string, variable: string): void {
  const taken = ledger.db.one<{ why: string }>(
    `SELECT 'a service is attached as it' AS why FROM attachments
       WHERE app_id = :appId AND variable = :variable
     UNION ALL SELECT 'the config sets it' FROM config WHERE app_id = :appId AND name = :variable`,
    { appId, variable },
  );
  if (taken === null) return;
  throw userError('VARIABLE_TAKEN', `Cannot attach a service as ${variable}: ${taken.why}`, {
    hint: `Detach or unset ${variable} first, or choose another variable`,
  });
}
