/** What a rollback carries: the config and the attachments of an earlier release become the app's current ones. */
import type { Store } from '../store.ts';
import { insertAttachment, readCredential } from './attachments.ts';
import { setVariable } from './config.ts';
import { releaseConfig } from './environment.ts';
import { type Ledger, requireAppKey } from './ledger.ts';
import { requireRelease } from './releases.ts';

export function restoringOf(ledger: Ledger): Pick<Store, 'restoreRelease'> {
  return {
    restoreRelease: (appId, version) => ledger.db.write(() => restoreRelease(ledger, appId, version)),
  };
}

function restoreRelease(ledger: Ledger, appId: string, version: number): void {
  const key = requireAppKey(ledger, appId, `restore release ${version}`);
  const { attachments } = requireRelease(ledger, { appId, version }, `restore release ${version}`);
  const config = releaseConfig(ledger, key, version);
  ledger.db.run('DELETE FROM config WHERE app_id = :appId', { appId });
  ledger.db.run('DELETE FROM attachments WHERE app_id = :appId', { appId });
  for (const [name, value] of config) setVariable(ledger, key, { name, value });
  for (const { serviceId, variable } of attachments) {
    const attachment = { appId, serviceId, variable };
    readCredential(ledger, attachment, `restore ${variable} of release ${version}`);
    insertAttachment(ledger, attachment);
  }
}
