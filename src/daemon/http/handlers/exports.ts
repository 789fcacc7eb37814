import type { exportRoutes } from '../../../api/routes/exports.ts';
import type { Export } from '../../../factors/07-port-binding/export.ts';
import { addExport, removeExport } from '../../../platform/exports.ts';
import type { Caller } from '../admission.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp, timeOf } from '../identify.ts';
import { announce } from './announce.ts';

export function exportHandlers(context: ApiContext): HandlersOf<typeof exportRoutes> {
  const { platform } = context;
  const { store, engine } = platform;
  const note = ({ account }: Caller, verb: string, { appId, processType, port }: Export): void =>
    store.addAudit({
      accountId: account.id,
      actor: account.email,
      verb,
      appId,
      detail: { type: processType, port },
    });
  const shape = async ({ appId, processType, port, createdAt }: Export) => ({
    type: processType,
    port,
    processes: (await engine.endpoints(appId, processType)).length,
    created_at: timeOf(createdAt),
  });
  return {
    'GET /dozen/v1/apps/:app/exports': ({ params }) =>
      Promise.all(store.exports(requireApp(store, params.app).id).map(shape)),
    'POST /dozen/v1/apps/:app/exports': async (call) => {
      const app = requireApp(store, call.params.app);
      const { type: processType, port = null } = call.body;
      const { done } = await announce(context, call, (telling) =>
        addExport(platform, { app, processType, port }, telling),
      );
      const made = store.exports(app.id).find((one) => one.processType === processType) ?? (await done);
      note(call.caller, 'export.add', made);
      return shape(made);
    },
    'DELETE /dozen/v1/apps/:app/exports/:type': async (call) => {
      const app = requireApp(store, call.params.app);
      const known = store.exports(app.id).find((one) => one.processType === call.params.type);
      await announce(context, call, (telling) =>
        removeExport(platform, { app, processType: call.params.type }, telling),
      );
      if (known !== undefined) note(call.caller, 'export.remove', known);
      return {};
    },
  };
}
