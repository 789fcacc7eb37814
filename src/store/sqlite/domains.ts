import { randomUUID } from 'node:crypto';
import { userError } from '../../base/error.ts';
import type { Domain } from '../../factors/07-port-binding/domain.ts';
import type { Store } from '../store.ts';
import { type Ledger, requireApp } from './ledger.ts';

export function domainsOf(ledger: Ledger): Pick<Store, 'addDomain' | 'removeDomain' | 'domains'> {
  const { db } = ledger;
  return {
    addDomain: (appId, hostname) => db.write(() => addDomain(ledger, appId, hostname)),
    removeDomain: (appId, hostnameOrId) => db.write(() => removeDomain(ledger, appId, hostnameOrId)),
    domains: (appId) =>
      appId === undefined
        ? db.all<Domain>(`${selectDomains} ORDER BY hostname`)
        : db.all<Domain>(`${selectDomains} WHERE app_id = :appId ORDER BY hostname`, { appId }),
  };
}

const selectDomains = 'SELECT id, app_id AS appId, hostname, created_at AS createdAt FROM domains';

function addDomain(ledger: Ledger, appId: string, hostname: string): Domain {
  const doing = `add domain ${JSON.stringify(hostname)}`;
  requireApp(ledger, appId, doing);
  refuseTaken(ledger, hostname, doing);
  const domain: Domain = { id: randomUUID(), appId, hostname, createdAt: ledger.clock.now() };
  ledger.db.run('INSERT INTO domains VALUES (:id, :appId, :hostname, :createdAt)', { ...domain });
  return domain;
}

function refuseTaken(ledger: Ledger, hostname: string, doing: string): void {
  const holder = ledger.db.one<{ name: string }>(
    'SELECT name FROM domains JOIN apps ON apps.id = app_id WHERE hostname = :hostname',
    { hostname },
  );
  if (holder === null) return;
  throw userError('DOMAIN_TAKEN', `Cannot ${doing}: app ${JSON.stringify(holder.name)} has it`, {
    hint: `Remove it from ${JSON.stringify(holder.name)} first`,
  });
}

function removeDomain(ledger: Ledger, appId: string, hostnameOrId: string): void {
  const removed = ledger.db.run(
    'DELETE FROM domains WHERE app_id = :appId AND (id = :hostnameOrId OR hostname = :hostnameOrId)',
    { appId, hostnameOrId },
  );
  if (removed > 0) return;
  throw userError(
    'DOMAIN_UNKNOWN',
    `Cannot remove domain ${JSON.stringify(hostnameOrId)}: the app has none of that name`,
    { hint: 'See which domains the app has' },
  );
}
