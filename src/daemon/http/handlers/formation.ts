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
import { defaultMemoryLimit } from '../../../factors/08-concurrency/memory-size.ts';
import { namedSizes, nameOfSize, parseProcessSize } from '../../../factors/08-concurrency/process-size.ts';
import { currentRunning } from '../../../platform/current.ts';
import { declarationOf, type Running } from '../../../platform/desired.ts';
import type { Telling } from '../../../platform/rollout.ts';
import { scaleApp } from '../../../platform/scale.ts';
import { setProcess } from '../../../platform/set-process.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp, show, timeOf, uuidOf } from '../identify.ts';
import { announce } from './announce.ts';
import { settingsOf } from './processes.ts';

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
  const change = async (call: Changing, app: App, updates: readonly Update[]): Promise<readonly Said[]> => {
    let asked: Formation | null = null;
    const scalings = updates.flatMap(({ type, quantity }) => scalingOf(type, quantity));
    const sizes = updates.flatMap((update) => {
      const size = sizeIn(update);
      return size === null ? [] : [[update.type, parseProcessSize(size)] as const];
    });
    await announce(context, call, async ({ tell, signal }) => {
      const telling: Telling = {
        signal,
        tell(event) {
          if (event.kind === 'formation') asked = event.formation;
          tell(event);
        },
      };
      if (sizes.length > 0) await setProcess(platform, { app, changes: new Map(sizes) }, telling);
      if (scalings.length > 0) await scaleApp(platform, { app, scalings }, telling);
    });
    // What was asked for: it is on its way.
    return formationShape(context, app, asked).filter(({ type }) =>
      updates.some((update) => update.type === type),
    );
  };
  return {
    'GET /apps/:app/formation': ({ params }) => formationShape(context, requireApp(store, params.app)),
    'GET /apps/:app/formation/:type': ({ params }) => one(requireApp(store, params.app), params.type),
    'PATCH /apps/:app/formation': async (call) => {
      const app = requireApp(store, call.params.app);
      return [...(await change(call, app, call.body.updates))];
    },
    'PATCH /apps/:app/formation/:type': async (call) => {
      const app = requireApp(store, call.params.app);
      const { type } = call.params;
      const [changed] = await change(call, app, [{ ...call.body, type }]);
      return changed ?? one(app, type);
    },
    'GET /dyno-sizes': () => Object.entries(namedSizes).map(([name, memory]) => sizeShape(name, memory)),
  };
}

type Changing = Parameters<typeof announce>[1];

interface Update {
  readonly type: string;
  readonly quantity?: number | string | undefined;
  readonly size?: string | undefined;
  readonly dyno_size?: string | { readonly name: string } | undefined;
}

function sizeIn({ size, dyno_size: dynoSize }: Update): string | null {
  if (size !== undefined) return size;
  if (dynoSize === undefined) return null;
  return typeof dynoSize === 'string' ? dynoSize : dynoSize.name;
}

/** `3`, `"3"`, `"+1"`, `"-1"`; none when only a size is given. */
function scalingOf(type: string, quantity: number | string | undefined): Scaling[] {
  if (quantity === undefined) return [];
  const wish = String(quantity);
  return [parseScaling(/^[+-]\d/.test(wish) ? `${type}${wish}` : `${type}=${wish}`)];
}

/** @param asked null: the formation that is on record. */
export function formationShape(context: ApiContext, app: App, asked: Formation | null = null): Said[] {
  const { platform } = context;
  const running = currentRunning(platform, app);
  if (running === null) return [];
  const formation = asked ?? formationOf(platform.store.formation(app.id), running);
  const settings = settingsOf(context, app);
  const sizeOf = (type: string): string => {
    const { memory = defaultMemoryLimit, cpu = null } = settings.find((each) => each.type === type) ?? {};
    return nameOfSize({ memory, cpu });
  };
  return Object.entries(running.slug.processTypes).map(([type, command]) => ({
    app: { id: app.id, name: app.name },
    command,
    created_at: timeOf(app.createdAt),
    dyno_size: { id: uuidOf('size', sizeOf(type)), name: sizeOf(type) },
    id: uuidOf('formation', app.id, type),
    quantity: formation[type] ?? 0,
    size: sizeOf(type),
    type,
    updated_at: timeOf(app.createdAt),
  }));
}

type SaidSize = ReplyOf<(typeof formationRoutes)['GET /dyno-sizes']>[number];

function sizeShape(name: string, memory: number): SaidSize {
  return {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    compute: 1,
    cost: null,
    dedicated: false,
    generation: { id: uuidOf('generation', 'cedar'), name: 'cedar' },
    id: uuidOf('size', name),
    memory: memory / 1024 ** 3,
    name,
    precise_dyno_units: 1,
    private_space_only: false,
  };
}

function formationOf(current: Formation, { slug }: Running): Formation {
  return fitFormation(Object.keys(slug.processTypes), { current, declared: declarationOf(slug).formation });
}
