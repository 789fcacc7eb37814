/** Exports a process type over TCP, and takes that back. Its processes are replaced: they get a `PORT`, or lose it. */
import { userError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import { type Export, parseExportPort } from '../factors/07-port-binding/export.ts';
import { requireRunning } from './current.ts';
import type { Running } from './desired.ts';
import { exportHolder } from './export-holder.ts';
import type { Platform } from './platform.ts';
import { rollout, type Telling } from './rollout.ts';

export interface ExportOrder {
  readonly app: App;
  readonly processType: string;
}

/** @param port null: a free one of the platform's choice. When the processes do not come up listening, nothing is exported. */
export function addExport(
  platform: Platform,
  { app, processType, port }: ExportOrder & { readonly port: number | null },
  telling: Telling,
): Promise<Export> {
  const { turns } = platform;
  return turns.take(app, `export ${processType}`, async () => {
    const running = requireRunning(platform, app, 'export a process type of');
    requireType(running, processType);
    const made = await take(platform, { app, processType, port });
    telling.tell({ kind: 'export', processType, port: made.port, removed: false });
    try {
      await rollout(platform, running, telling);
    } catch (error) {
      giveBack(platform, { app, processType });
      throw error;
    }
    return made;
  });
}

export function removeExport(
  platform: Platform,
  { app, processType }: ExportOrder,
  telling: Telling,
): Promise<Export> {
  const { store, turns } = platform;
  return turns.take(app, `remove the export of ${processType}`, async () => {
    const known = requireExport(store.exports(app.id), processType);
    giveBack(platform, { app, processType });
    telling.tell({ kind: 'export', processType, port: known.port, removed: true });
    const running = requireRunning(platform, app, 'replace the processes of');
    await rollout(platform, running, telling);
    return known;
  });
}

async function take(
  platform: Platform,
  { app, processType, port }: ExportOrder & { readonly port: number | null },
): Promise<Export> {
  const { store } = platform;
  const holder = exportHolder({ app, processType });
  const known = store.exports(app.id).find((one) => one.processType === processType);
  // The store says what is there already, before a port is taken for it.
  if (known !== undefined) return store.addExport({ appId: app.id, processType, port: known.port });
  if (port !== null) await refuseUnusable(platform, processType, parseExportPort(port));
  const leased = platform.portFor(holder, port ?? undefined);
  try {
    return store.addExport({ appId: app.id, processType, port: leased });
  } catch (error) {
    store.releasePort(holder);
    throw error;
  }
}

function requireExport(exports: readonly Export[], processType: string): Export {
  const known = exports.find((one) => one.processType === processType);
  if (known !== undefined) return known;
  throw userError(
    'EXPORT_UNKNOWN',
    `Cannot remove the export of ${processType.slice(0, 80)}: there is none`,
    {
      hint: 'dozen exports lists those there are',
    },
  );
}

function giveBack({ store }: Platform, order: ExportOrder): void {
  store.removeExport(order.app.id, order.processType);
  store.releasePort(exportHolder(order));
}

async function refuseUnusable({ probePort }: Platform, processType: string, port: number): Promise<void> {
  const found = await probePort(port);
  if (found === 'free') return;
  const why = found === 'taken' ? 'another program listens there' : 'this user may not listen there';
  throw userError('EXPORT_PORT_UNUSABLE', `Cannot export ${processType} on port ${port}: ${why}`, {
    hint: 'Choose another port, or leave --port out for a free one',
  });
}

function requireType({ app, slug }: Running, processType: string): void {
  if (Object.hasOwn(slug.processTypes, processType)) return;
  throw userError(
    'EXPORT_TYPE_UNKNOWN',
    `Cannot export ${JSON.stringify(processType.slice(0, 80))}: ${app.name} has no such process type`,
    { hint: `Use one of ${Object.keys(slug.processTypes).join(', ')}` },
  );
}
