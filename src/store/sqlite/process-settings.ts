import type { ProcessSettings } from '../../factors/process-settings.ts';
import type { Store } from '../store.ts';
import { type Ledger, requireApp } from './ledger.ts';

export function processSettingsOf(ledger: Ledger): Pick<Store, 'processSettings' | 'setProcessSettings'> {
  const { db } = ledger;
  return {
    processSettings(appId) {
      const rows = db.all<SettingsRow>(
        `SELECT process_type AS processType, memory, cpu, grace_ms AS graceMs, signal, replacement
         FROM process_settings WHERE app_id = :appId ORDER BY process_type`,
        { appId },
      );
      return new Map(rows.map(({ processType, ...settings }) => [processType, settings]));
    },
    setProcessSettings: (appId, processType, settings) =>
      db.write(() => setProcessSettings(ledger, { appId, processType }, settings)),
  };
}

interface SettingsRow extends ProcessSettings {
  readonly processType: string;
}

function setProcessSettings(
  ledger: Ledger,
  name: { readonly appId: string; readonly processType: string },
  settings: ProcessSettings | null,
): void {
  requireApp(ledger, name.appId, `set up ${name.processType}`);
  ledger.db.run('DELETE FROM process_settings WHERE app_id = :appId AND process_type = :processType', name);
  if (settings === null) return;
  const { memory, cpu, graceMs, signal, replacement } = settings;
  ledger.db.run(
    `INSERT INTO process_settings VALUES
       (:appId, :processType, :memory, :cpu, :graceMs, :signal, :replacement)`,
    { ...name, memory, cpu, graceMs, signal, replacement },
  );
}
