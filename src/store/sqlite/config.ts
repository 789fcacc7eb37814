import { userError } from '../../base/error.ts';
import type { Config } from '../../factors/03-config/config.ts';
import type { Secret } from '../../factors/03-config/secret.ts';
import type { Store } from '../store.ts';
import { type DataKey, openSecret, type Sealed, sealSecret } from './data-keys.ts';
import { type Ledger, requireAppKey } from './ledger.ts';

export function configOf(ledger: Ledger): Pick<Store, 'config' | 'configure'> {
  const { db } = ledger;
  return {
    config: (appId) => db.read(() => currentConfig(ledger, requireAppKey(ledger, appId, 'read the config'))),
    configure: (appId, changes) => db.write(() => configure(ledger, appId, changes)),
  };
}

/** Of the app whose key it is; sorted by name. */
export function currentConfig(ledger: Ledger, key: DataKey): Config {
  const rows = ledger.db.all<Sealed & { readonly name: string }>(
    'SELECT name, key_id AS keyId, sealed FROM config WHERE app_id = :appId ORDER BY name',
    { appId: key.ownerId },
  );
  return new Map(rows.map((row) => [row.name, openSecret(key, row, ['config', row.name])]));
}

function configure(ledger: Ledger, appId: string, changes: ReadonlyMap<string, Secret | null>): void {
  const key = requireAppKey(ledger, appId, 'set the config');
  for (const [name, value] of changes) {
    if (value === null) {
      ledger.db.run('DELETE FROM config WHERE app_id = :appId AND name = :name', { appId, name });
      continue;
    }
    refuseAttached(ledger, appId, name);
    setVariable(ledger, key, { name, value });
  }
}

/** Of the app whose key it is. */
export function setVariable(
  ledger: Ledger,
  key: DataKey,
  { name, value }: { readonly name: string; readonly value: Secret },
): void {
  ledger.db.run(
    `INSERT INTO config VALUES (:appId, :name, :keyId, :sealed)
     ON CONFLICT DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed`,
    { appId: key.ownerId, name, ...sealSecret(key, value, ['config', name]) },
  );
}

/** One variable has one source: which of two would win is a question nobody should have to ask. */
function refuseAttached(ledger: Ledger, appId: string, name: string): void {
  const service = ledger.db.one<{ name: string }>(
    `SELECT services.name FROM attachments JOIN services ON services.id = service_id
     WHERE app_id = :appId AND variable = :name`,
    { appId, name },
  );
  if (service === null) return;
  throw userError(
    'VARIABLE_TAKEN',
    `Cannot set ${name}: service ${JSON.stringify(service.name)} is attached as it`,
    { hint: `Detach ${JSON.stringify(service.name)} first, or choose another name` },
  );
}
