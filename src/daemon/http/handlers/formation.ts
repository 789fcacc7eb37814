import type { formationRoutes } from '../../../api/routes/formation.ts';
import type { ReplyOf } from '../../../api/routes/route.ts';
import { userError } from '../../../base/error.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import {
  type Formation,
  fitFormation,
  parseScaling,
  type Scaling,
} from '../../../factors/08-concurrency/formation.ts';
import { currentRunning } from '../../../platform/current.ts';
import { declarationOf, type Running } from '../../../platform/desired.ts';
import { scaleApp } from '../../../platform/scale.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp, show, timeOf, uuidOf } from '../identify.ts';
import { announce } from './announce.ts';

type Said = ReplyOf<(typeof formationRoutes)['GET /apps/:app/formation/:type']>;

export function formationHandlers(context: ApiContext): HandlersOf<typeof formationRoutes> {
  const { platform } = context;
  const { store } = platform;
  const one = (app: App, type: string): Said => {
    const found = formationShape(context, app).find((each) => each.type === type);
    if (found !== undefined) return found;
    throw userError(
      'PROCESS_TYPE_UNKNOWN',
      `Cannot find the process type ${show(type)} of ${app.name}: it has none of this name`,
      {
        hint: `dozen ps -a ${app.name} lists those it has`,
      },
    );
  };
  return {
    'GET /apps/:app/formation': ({ params }) => formationShape(context, requireApp(store, params.app)),
    'GET /apps/:app/formation/:type': ({ params }) => one(requireApp(store, params.app), params.type),
    'PATCH /apps/:app/formation': async (call) => {
      const app = requireApp(store, call.params.app);
      const scalings = call.body.updates.flatMap(({ type, quantity }) => scalingOf(type, quantity));
      await announce(context, call, (telling) => scaleApp(platform, { app, scalings }, telling));
      const types = new Set(call.body.updates.map(({ type }) => type));
      return formationShape(context, app).filter(({ type }) => types.has(type));
    },
    'PATCH /apps/:app/formation/:type': async (call) => {
      const app = requireApp(store, call.params.app);
      const { type } = call.params;
      const scalings = scalingOf(type, call.body.quantity);
      await announce(context, call, (telling) => scaleApp(platform, { app, scalings }, telling));
      return one(app, type);
    },
    'GET /dyno-sizes': () => [],
  };
}

/** `3`, `"3"`, `"+1"`, `"-1"`; none when only a size is given. */
function scalingOf(type: string, quantity: number | string | undefined): Scaling[] {
  if (quantity === undefined) return [];
  const wish = String(quantity);
  return [parseScaling(/^[+-]\d/.test(wish) ? `${type}${wish}` : `${type}=${wish}`)];
}

export function formationShape({ platform }: ApiContext, app: App): Said[] {
  const running = currentRunning(platform, app);
  if (running === null) return [];
  const formation = formationOf(platform.store.formation(app.id), running);
  return Object.entries(running.slug.processTypes).map(([type, command]) => ({
    app: { id: app.id, name: app.name },
    command,
    created_at: timeOf(app.createdAt),
    dyno_size: { id: uuidOf('size', 'default'), name: 'default' },
    id: uuidOf('formation', app.id, type),
    quantity: formation[type] ?? 0,
    size: 'default',
    type,
    updated_at: timeOf(app.createdAt),
  }));
}

function formationOf(current: Formation, { slug }: Running): Formation {
  return fitFormation(Object.keys(slug.processTypes), { current, declared: declarationOf(slug).formation });
}
