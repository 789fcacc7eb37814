import type { appRoutes } from '../../../api/routes/apps.ts';
import type { ReplyOf } from '../../../api/routes/route.ts';
import { type App, appNameFrom, parseAppName } from '../../../factors/01-codebase/app.ts';
import { destroy } from '../../../platform/destroy.ts';
import { tellReach } from '../../../platform/reach.ts';
import { refresh } from '../../../platform/refresh.ts';
import type { Caller } from '../admission.ts';
import type { Call, HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp, timeOf, uuidOf } from '../identify.ts';
import { readRange, sendFrom } from '../ranges.ts';

type Said = ReplyOf<(typeof appRoutes)['GET /apps/:app']>;

export function appHandlers(context: ApiContext): HandlersOf<typeof appRoutes> {
  const { platform, changes } = context;
  const { store } = platform;
  const note = ({ account }: Caller, verb: string, app: App): void =>
    store.addAudit({
      accountId: account.id,
      actor: account.email,
      verb,
      appId: app.id,
      detail: { name: app.name },
    });
  const list = ({ range, reply }: Call<'GET /apps'> | Call<'GET /users/~/apps'>): Said[] => {
    const wanted = readRange(range);
    const by = wanted.by === 'id' ? 'id' : 'name';
    const found = store.appsPage({ ...wanted, by, limit: wanted.max + 1 });
    const page = sendFrom(found, { range: wanted, reply, by, keyOf: (app) => app[by] });
    return page.map((app) => appShape(context, app));
  };
  return {
    'POST /apps': ({ body, caller }) => {
      const name = body.name == null ? freeName(context) : parseAppName(body.name);
      const app = store.createApp(name);
      note(caller, 'app.create', app);
      return appShape(context, app);
    },
    'GET /apps': list,
    'GET /users/~/apps': list,
    'GET /apps/:app': ({ params }) => appShape(context, requireApp(store, params.app)),
    'PATCH /apps/:app': async ({ params, body, caller }) => {
      let app = requireApp(store, params.app);
      if (body.name !== undefined && body.name !== app.name) {
        app = store.renameApp(app.id, parseAppName(body.name));
        note(caller, 'app.rename', app);
        await refresh(platform, app);
      }
      if (body.maintenance !== undefined) {
        store.setAppSettings(app.id, { maintenance: body.maintenance });
        note(caller, body.maintenance ? 'app.maintenance-on' : 'app.maintenance-off', app);
        await tellReach(platform, app);
      }
      return appShape(context, app);
    },
    'DELETE /apps/:app': async ({ params, caller }) => {
      const app = requireApp(store, params.app);
      const last = appShape(context, app);
      await context.git.remove(app.id);
      await (await changes.begin((telling) => destroy(platform, app, telling))).done;
      note(caller, 'app.destroy', app);
      context.housekeeping.soon();
      return last;
    },
    'GET /regions': () => [regionShape()],
    'GET /stacks': () => [
      { created_at: timeOf(0), default: true, ...stack, state: 'public', updated_at: timeOf(0) },
    ],
  };
}

export const stack = { id: uuidOf('stack', 'dozen'), name: 'dozen' };
const region = { id: uuidOf('region', 'local'), name: 'local' };
const generation = { id: uuidOf('generation', 'cedar'), name: 'cedar' };

export function appShape({ platform, operator, addresses }: ApiContext, app: App): Said {
  const { maintenance, releasedAt, slugSize } = platform.store.appSummary(app.id);
  return {
    acm: false,
    archived_at: null,
    buildpack_provided_description: null,
    build_stack: stack,
    created_at: timeOf(app.createdAt),
    generation,
    git_url: addresses.git(app.name),
    id: app.id,
    internal_routing: null,
    maintenance,
    name: app.name,
    organization: null,
    owner: { id: operator.id, email: operator.email },
    region,
    released_at: releasedAt === null ? null : timeOf(releasedAt),
    repo_size: null,
    slug_size: slugSize,
    space: null,
    stack,
    team: null,
    updated_at: timeOf(releasedAt ?? app.createdAt),
    web_url: addresses.web(app.name),
  };
}

function regionShape(): ReplyOf<(typeof appRoutes)['GET /regions']>[number] {
  return {
    country: 'here',
    created_at: timeOf(0),
    description: 'The machine this platform runs on',
    ...region,
    locale: 'here',
    private_capable: false,
    provider: { name: 'dozen', region: 'local' },
    updated_at: timeOf(0),
  };
}

/** For one who does not care: the first of `app`, `app-2`, `app-3` … that is free. */
function freeName({ platform }: ApiContext): string {
  const base = appNameFrom('app');
  const taken = new Set(platform.store.apps().map(({ name }) => name));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}
