import type { Clock } from '../../base/clock.ts';
import { type DozenError, userError } from '../../base/error.ts';
import type { App } from '../../factors/01-codebase/app.ts';
import type { DataKey, DataKeys } from './data-keys.ts';
import type { Database } from './database.ts';

/** What every part of the store works with. */
export interface Ledger {
  readonly db: Database;
  readonly keys: DataKeys;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Throws unless the app is there. `doing` is what was asked for, e.g. `set the config`.
 * @throws APP_GONE
 */
export function requireApp(ledger: Ledger, appId: string, doing: string): App {
  const app = ledger.db.one<App>(
    'SELECT id, name, created_at AS createdAt FROM apps WHERE id = :appId AND destroyed_at IS NULL',
    { appId },
  );
  if (app === null) throw appGone(ledger, appId, doing);
  return app;
}

/** @throws APP_GONE */
export function requireAppKey(ledger: Ledger, appId: string, doing: string): DataKey {
  const key = ledger.keys.find(appId);
  if (key === null) throw appGone(ledger, appId, doing);
  return key;
}

/** @throws SERVICE_GONE */
export function requireServiceKey(ledger: Ledger, serviceId: string, doing: string): DataKey {
  const key = ledger.keys.find(serviceId);
  if (key !== null) return key;
  throw userError('SERVICE_GONE', `Cannot ${doing}: ${gone(ledger, 'service', serviceId)}`, {
    hint: 'Attach another service in its place, then release again',
  });
}

export function appGone(ledger: Ledger, appId: string, doing: string): DozenError {
  return userError('APP_GONE', `Cannot ${doing}: ${gone(ledger, 'app', appId)}`, {
    hint: 'See which apps there are with dozen apps',
  });
}

/** Why it is not there: `app "guestbook" was destroyed`. */
export function gone(ledger: Ledger, kind: 'app' | 'service' | 'pipeline', id: string): string {
  const row = ledger.db.one<{ name: string }>(`SELECT name FROM ${kind}s WHERE id = :id`, { id });
  return row === null
    ? `there is no ${kind} ${JSON.stringify(id)}`
    : `${kind} ${JSON.stringify(row.name)} was destroyed`;
}
