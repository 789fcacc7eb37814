import { userError } from '../../base/error.ts';
import type { Export } from '../../factors/07-port-binding/export.ts';
import type { NewExport, Store } from '../store.ts';
import { type Ledger, requireApp } from './ledger.ts';

export function exportsOf(ledger: Ledger): Pick<Store, 'addExport' | 'removeExport' | 'exports'> {
  const { db } = ledger;
  return {
    addExport: (wanted) => db.write(() => addExport(ledger, wanted)),
    removeExport: (appId, processType) => db.write(() => removeExport(ledger, appId, processType)),
    exports: (appId) =>
      appId === undefined
        ? db.all<Export>(`${selectExports} ORDER BY port`)
        : db.all<Export>(`${selectExports} WHERE app_id = :appId ORDER BY port`, { appId }),
  };
}

const selectExports =
  'SELECT app_id AS appId, process_type AS processType, port, created_at AS createdAt FROM exports';

function addExport(ledger: Ledger, { appId, processType, port }: NewExport): Export {
  const doing = `export ${processType}`;
  requireApp(ledger, appId, doing);
  refuseExported(ledger, { appId, processType }, doing);
  refusePortTaken(ledger, port, doing);
  const made: Export = { appId, processType, port, createdAt: ledger.clock.now() };
  ledger.db.run('INSERT INTO exports VALUES (:appId, :processType, :port, :createdAt)', { ...made });
  return made;
}

function refuseExported(
  ledger: Ledger,
  name: { readonly appId: string; readonly processType: string },
  doing: string,
): void {
  const known = ledger.db.one<Export>(
    `${selectExports} WHERE app_id = :appId AND process_type = :processType`,
    name,
  );
  if (known === null) return;
  throw userError('EXPORT_EXISTS', `Cannot ${doing}: it is exported on port ${known.port}`, {
    hint: `Use port ${known.port}, or remove the export first`,
  });
}

function refusePortTaken(ledger: Ledger, port: number, doing: string): void {
  const holder = ledger.db.one<{ app: string; processType: string }>(
    `SELECT name AS app, process_type AS processType FROM exports JOIN apps ON apps.id = app_id
     WHERE port = :port`,
    { port },
  );
  if (holder === null) return;
  throw userError(
    'EXPORT_PORT_TAKEN',
    `Cannot ${doing}: port ${port} is that of ${holder.processType} of app ${JSON.stringify(holder.app)}`,
    { hint: 'Choose another port' },
  );
}

function removeExport(ledger: Ledger, appId: string, processType: string): void {
  const removed = ledger.db.run('DELETE FROM exports WHERE app_id = :appId AND process_type = :processType', {
    appId,
    processType,
  });
  if (removed === 1) return;
  throw userError('EXPORT_UNKNOWN', `Cannot remove the export of ${processType}: there is none`, {
    hint: 'See which exports the app has',
  });
}
