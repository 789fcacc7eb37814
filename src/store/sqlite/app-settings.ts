import { type AppSettings, defaultAppSettings } from '../../factors/01-codebase/app-settings.ts';
import type { Store } from '../store.ts';
import { type Ledger, requireApp } from './ledger.ts';

export function appSettingsOf(ledger: Ledger): Pick<Store, 'appSettings' | 'setAppSettings'> {
  const { db } = ledger;
  return {
    appSettings: (appId) => db.read(() => appSettings(ledger, appId, 'read the settings')),
    setAppSettings: (appId, changes) => db.write(() => setAppSettings(ledger, appId, changes)),
  };
}

interface SettingsRow {
  readonly maintenance: number;
  readonly keptBuilds: number;
}

function appSettings(ledger: Ledger, appId: string, doing: string): AppSettings {
  requireApp(ledger, appId, doing);
  const row = ledger.db.one<SettingsRow>(
    'SELECT maintenance, kept_builds AS keptBuilds FROM app_settings WHERE app_id = :appId',
    { appId },
  );
  return row === null ? defaultAppSettings : { ...row, maintenance: row.maintenance === 1 };
}

function setAppSettings(ledger: Ledger, appId: string, changes: Partial<AppSettings>): AppSettings {
  const settings = { ...appSettings(ledger, appId, 'change the settings'), ...changes };
  ledger.db.run(
    `INSERT INTO app_settings VALUES (:appId, :maintenance, :keptBuilds)
     ON CONFLICT DO UPDATE SET maintenance = excluded.maintenance, kept_builds = excluded.kept_builds`,
    { appId, ...settings, maintenance: settings.maintenance ? 1 : 0 },
  );
  return settings;
}
