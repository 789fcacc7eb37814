import { canonicalJson, type Json } from '../../base/json.ts';
import type { AuditEntry } from '../../factors/audit.ts';
import type { NewAuditEntry, Store } from '../store.ts';
import type { Ledger } from './ledger.ts';

export function auditOf(ledger: Ledger): Pick<Store, 'addAudit' | 'audit'> {
  const { db } = ledger;
  return {
    addAudit: (entry) => db.write(() => addAudit(ledger, entry)),
    audit({ appId, limit }) {
      const rows =
        appId === undefined
          ? db.all<AuditRow>(`${selectAudit} ORDER BY sequence DESC LIMIT :limit`, { limit })
          : db.all<AuditRow>(`${selectAudit} WHERE app_id = :appId ORDER BY sequence DESC LIMIT :limit`, {
              appId,
              limit,
            });
      return rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) as Json }));
    },
  };
}

type AuditRow = Omit<AuditEntry, 'detail'> & { readonly detail: string };

const selectAudit = `SELECT sequence, at, account_id AS accountId, actor, verb, app_id AS appId, detail FROM audit`;

function addAudit({ db, clock }: Ledger, entry: NewAuditEntry): void {
  db.run(
    `INSERT INTO audit VALUES
       ((SELECT 1 + coalesce(max(sequence), 0) FROM audit), :at, :accountId, :actor, :verb, :appId, :detail)`,
    { ...entry, detail: canonicalJson(entry.detail), at: clock.now() },
  );
}
