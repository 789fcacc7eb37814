import type { housekeepingRoutes } from '../../../api/routes/housekeeping.ts';
import { parseKeptBuilds } from '../../../factors/05-build-release-run/retention.ts';
import type { NewAuditEntry } from '../../../store/store.ts';
import type { Caller } from '../admission.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp } from '../identify.ts';

export function housekeepingHandlers(context: ApiContext): HandlersOf<typeof housekeepingRoutes> {
  const { housekeeping } = context;
  const { store } = context.platform;
  const note = (
    { account }: Caller,
    entry: Pick<NewAuditEntry, 'verb' | 'detail'> & { readonly appId?: string },
  ): void => store.addAudit({ accountId: account.id, actor: account.email, appId: null, ...entry });
  return {
    'POST /dozen/v1/prune': async ({ body, caller }) => {
      const dryRun = body.dry_run === true;
      const pruned = await housekeeping.prune({ dryRun });
      if (!dryRun) note(caller, { verb: 'platform.prune', detail: { ...pruned } });
      return { ...pruned, dry_run: dryRun };
    },
    'GET /dozen/v1/cache': () => housekeeping.cache(),
    'DELETE /dozen/v1/cache': async ({ caller }) => {
      const purged = await housekeeping.purgeCache();
      note(caller, { verb: 'platform.purge-cache', detail: { ...purged } });
      return purged;
    },
    'GET /dozen/v1/apps/:app/retention': ({ params }) => ({
      kept_builds: store.appSettings(requireApp(store, params.app).id).keptBuilds,
    }),
    'PATCH /dozen/v1/apps/:app/retention': ({ params, body, caller }) => {
      const { id } = requireApp(store, params.app);
      const keptBuilds = parseKeptBuilds(String(body.kept_builds));
      store.setAppSettings(id, { keptBuilds });
      note(caller, { verb: 'app.retention', appId: id, detail: { keptBuilds } });
      return { kept_builds: keptBuilds };
    },
  };
}
