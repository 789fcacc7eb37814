/** The store over one SQLite file, for one machine. */
import type { Clock } from '../../base/clock.ts';
import type { Store } from '../store.ts';
import { accountsOf } from './accounts.ts';
import { appSettingsOf } from './app-settings.ts';
import { appsOf } from './apps.ts';
import { attachmentsOf } from './attachments.ts';
import { auditOf } from './audit.ts';
import { authorizationsOf } from './authorizations.ts';
import { buildsOf } from './builds.ts';
import { configOf } from './config.ts';
import { couplingsOf } from './couplings.ts';
import { openDataKeys } from './data-keys.ts';
import { type Database, openDatabase } from './database.ts';
import { domainsOf } from './domains.ts';
import { environmentsOf } from './environment.ts';
import { exportsOf } from './exports.ts';
import { leasesOf } from './leases.ts';
import type { MasterKey } from './master-key.ts';
import { checkLayout } from './migrations.ts';
import { pipelinesOf } from './pipelines.ts';
import { processSettingsOf } from './process-settings.ts';
import { promotionsOf } from './promotions.ts';
import { releaseEventsOf } from './release-events.ts';
import { releasesOf } from './releases.ts';
import { restoringOf } from './restore.ts';
import { scheduleRunsOf } from './schedule-runs.ts';
import { schedulesOf } from './schedules.ts';
import { servicesOf } from './services.ts';

export interface StoreOptions {
  readonly masterKey: MasterKey;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Opens a store that `migrate` has made.
 * @throws STORE_MISSING, STORE_EXPOSED, STORE_FOREIGN, STORE_OLDER, STORE_NEWER, MASTER_KEY_WRONG
 */
export function openStore(file: string, options: StoreOptions): Store {
  const db = openDatabase(file);
  try {
    return storeOver(db, options);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The same over a connection that is open; the store closes it. */
export function storeOver(db: Database, { masterKey, clock }: StoreOptions): Store {
  checkLayout(db);
  const ledger = { db, keys: openDataKeys(db, masterKey), clock };
  return {
    ...appsOf(ledger),
    ...appSettingsOf(ledger),
    ...buildsOf(ledger),
    ...configOf(ledger),
    ...servicesOf(ledger),
    ...attachmentsOf(ledger),
    ...releasesOf(ledger),
    ...releaseEventsOf(ledger),
    ...environmentsOf(ledger),
    ...restoringOf(ledger),
    ...accountsOf(ledger),
    ...authorizationsOf(ledger),
    ...auditOf(ledger),
    ...leasesOf(ledger),
    ...domainsOf(ledger),
    ...exportsOf(ledger),
    ...processSettingsOf(ledger),
    ...pipelinesOf(ledger),
    ...couplingsOf(ledger),
    ...promotionsOf(ledger),
    ...schedulesOf(ledger),
    ...scheduleRunsOf(ledger),
    close: () => db.close(),
  };
}
