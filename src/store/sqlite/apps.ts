import { randomUUID } from 'node:crypto';
import { userError } from '../../base/error.ts';
import type { App } from '../../factors/01-codebase/app.ts';
import type { Formation } from '../../factors/08-concurrency/formation.ts';
import type { AppSummary, AppsPage, Store } from '../store.ts';
import { appGone, type Ledger, requireApp } from './ledger.ts';
import { succeeded } from './releases.ts';

type Apps = Pick<
  Store,
  | 'createApp'
  | 'findApp'
  | 'apps'
  | 'appsPage'
  | 'appSummary'
  | 'renameApp'
  | 'destroyApp'
  | 'formation'
  | 'scale'
  | 'nextGeneration'
>;

export function appsOf(ledger: Ledger): Apps {
  const { db } = ledger;
  return {
    createApp: (name) => db.write(() => createApp(ledger, name)),
    findApp: (idOrName) =>
      db.one<App>(`${selectApps} AND id = :idOrName`, { idOrName }) ??
      db.one<App>(`${selectApps} AND name = :idOrName`, { idOrName }),
    apps: () => db.all<App>(`${selectApps} ORDER BY name`),
    appsPage: (page) => appsPage(ledger, page),
    appSummary: (appId) => appSummary(ledger, appId),
    renameApp: (appId, name) => db.write(() => renameApp(ledger, appId, name)),
    destroyApp(appId) {
      db.write(() => destroyApp(ledger, appId));
      db.purgeLog();
    },
    formation: (appId) => formation(ledger, appId),
    scale: (appId, wanted) => db.write(() => scale(ledger, appId, wanted)),
    nextGeneration: (ownerId) => db.write(() => nextGeneration(ledger, ownerId)),
  };
}

const selectApps = 'SELECT id, name, created_at AS createdAt FROM apps WHERE destroyed_at IS NULL';

function appsPage({ db }: Ledger, { by, from, order, limit }: AppsPage): App[] {
  const beyond = order === 'asc' ? '>' : '<';
  const begin = from === null ? '' : `AND ${by} ${beyond}${from.behind ? '' : '='} :from`;
  return db.all<App>(`${selectApps} ${begin} ORDER BY ${by} ${order} LIMIT :limit`, {
    ...(from === null ? {} : { from: from.value }),
    limit,
  });
}

function appSummary(ledger: Ledger, appId: string): AppSummary {
  const row = ledger.db.one<Omit<AppSummary, 'maintenance'> & { readonly maintenance: number | null }>(
    `SELECT s.maintenance, current.created_at AS releasedAt, b.slug_size AS slugSize
     FROM apps AS a
     LEFT JOIN app_settings AS s ON s.app_id = a.id
     LEFT JOIN releases AS current ON current.app_id = a.id AND current.version =
       (SELECT version FROM releases AS r WHERE r.app_id = a.id AND ${succeeded} LIMIT 1)
     LEFT JOIN builds AS b ON b.id = current.build_id
     WHERE a.id = :appId AND a.destroyed_at IS NULL`,
    { appId },
  );
  if (row === null) throw appGone(ledger, appId, 'read the app');
  return { ...row, maintenance: row.maintenance === 1 };
}

function createApp(ledger: Ledger, name: string): App {
  refuseTaken(ledger, name, `create app ${JSON.stringify(name)}`);
  const app: App = { id: randomUUID(), name, createdAt: ledger.clock.now() };
  ledger.db.run('INSERT INTO apps VALUES (:id, :name, :createdAt, NULL)', { ...app });
  ledger.keys.create(app.id);
  return app;
}

function renameApp(ledger: Ledger, appId: string, name: string): App {
  const app = requireApp(ledger, appId, 'rename the app');
  if (app.name === name) return app;
  refuseTaken(ledger, name, `rename app ${JSON.stringify(app.name)} to ${JSON.stringify(name)}`);
  ledger.db.run('UPDATE apps SET name = :name WHERE id = :appId', { name, appId });
  return { ...app, name };
}

function refuseTaken(ledger: Ledger, name: string, doing: string): void {
  if (ledger.db.one(`${selectApps} AND name = :name`, { name }) === null) return;
  throw userError('APP_NAME_TAKEN', `Cannot ${doing}: there is one of that name`, {
    hint: 'Choose another name',
  });
}

/** Once more is no error: a first try may have been stopped before the key had left the write-ahead log. */
function destroyApp(ledger: Ledger, appId: string): void {
  const { db } = ledger;
  const now = ledger.clock.now();
  if (db.one('SELECT 1 FROM apps WHERE id = :appId', { appId }) === null) {
    requireApp(ledger, appId, 'destroy the app');
  }
  db.run('UPDATE apps SET destroyed_at = coalesce(destroyed_at, :now) WHERE id = :appId', { now, appId });
  ledger.keys.destroy(appId);
  for (const table of endingWithApp) {
    db.run(`DELETE FROM ${table} WHERE app_id = :appId`, { appId });
  }
}

const endingWithApp = [
  'config',
  'formation',
  'attachments',
  'credentials',
  'app_settings',
  'process_settings',
  'domains',
  'exports',
  'couplings',
  'schedules',
  'schedule_runs',
] as const;

function formation(ledger: Ledger, appId: string): Formation {
  const rows = ledger.db.all<{ processType: string; quantity: number }>(
    `SELECT process_type AS processType, quantity FROM formation WHERE app_id = :appId ORDER BY process_type`,
    { appId },
  );
  return Object.fromEntries(rows.map((row) => [row.processType, row.quantity]));
}

function scale(ledger: Ledger, appId: string, wanted: Formation): void {
  requireApp(ledger, appId, 'scale');
  ledger.db.run('DELETE FROM formation WHERE app_id = :appId', { appId });
  for (const [processType, quantity] of Object.entries(wanted)) {
    ledger.db.run('INSERT INTO formation VALUES (:appId, :processType, :quantity)', {
      appId,
      processType,
      quantity,
    });
  }
}

function nextGeneration(ledger: Ledger, ownerId: string): number {
  const row = ledger.db.one<{ generation: number }>(
    `INSERT INTO generations VALUES (:ownerId, 1)
     ON CONFLICT DO UPDATE SET generation = generation + 1 RETURNING generation`,
    { ownerId },
  );
  return row?.generation ?? 1;
}
