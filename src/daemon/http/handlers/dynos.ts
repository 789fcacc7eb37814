import type { dynoRoutes } from '../../../api/routes/dynos.ts';
import type { ReplyOf } from '../../../api/routes/route.ts';
import { userError } from '../../../base/error.ts';
import type { ProcessView, Selection } from '../../../engines/engine.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import type { ProcessState } from '../../../factors/06-processes/process.ts';
import { compareProcessNames } from '../../../factors/06-processes/process-name.ts';
import { nameOfSize } from '../../../factors/08-concurrency/process-size.ts';
import { restart } from '../../../platform/restart.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { releaseId, requireApp, show, timeOf, uuidOf } from '../identify.ts';
import { announce } from './announce.ts';
import { startRun } from './start-run.ts';

type Said = ReplyOf<(typeof dynoRoutes)['GET /apps/:app/dynos/:dyno']>;

export function dynoHandlers(context: ApiContext): HandlersOf<typeof dynoRoutes> {
  const { platform } = context;
  const { store, engine } = platform;
  const restartOf = async (call: Restarting, selection: Selection): Promise<Record<string, never>> => {
    const app = requireApp(store, call.params.app);
    await announce(context, call, (telling) => restart(platform, { app, selection }, telling));
    return {};
  };
  return {
    'DELETE /apps/:app/dynos': (call) => restartOf(call, {}),
    'DELETE /apps/:app/dynos/:dyno': (call) => restartOf(call, { process: call.params.dyno }),
    'DELETE /apps/:app/formations/:type': (call) => restartOf(call, { type: call.params.type }),
    'POST /apps/:app/formations/:type/actions/stop': (call) => restartOf(call, { type: call.params.type }),
    /** A one-off ends; a process of the formation has a successor, as its formation says. */
    'POST /apps/:app/dynos/:dyno/actions/stop': async ({ params }) => {
      await engine.stopProcess(requireApp(store, params.app).id, params.dyno);
      return {};
    },
    'GET /apps/:app/dynos': async ({ params }) => dynoShapes(context, requireApp(platform.store, params.app)),
    'POST /apps/:app/dynos': async (call) => {
      const app = requireApp(platform.store, call.params.app);
      const { url, view } = await startRun(context, { ...call, app });
      return { ...dynoShape(context, { app, view }), attach_url: url };
    },
    'GET /apps/:app/dynos/:dyno': async ({ params }) => {
      const app = requireApp(platform.store, params.app);
      const found = (await dynoShapes(context, app)).find(
        ({ name, id }) => name === params.dyno || id === params.dyno,
      );
      if (found !== undefined) return found;
      throw userError(
        'PROCESS_UNKNOWN',
        `Cannot find the process ${show(params.dyno)} of ${app.name}: there is none of this name`,
        {
          hint: `dozen ps -a ${app.name} lists those there are`,
        },
      );
    },
  };
}

type Restarting = Parameters<typeof announce>[1] & { readonly params: { readonly app: string } };
type ShownProcess = Pick<
  ProcessView,
  'process' | 'command' | 'size' | 'instance' | 'release' | 'state' | 'startedAt' | 'readyMs'
>;

export async function dynoShapes(context: ApiContext, app: App): Promise<Said[]> {
  const views = await context.platform.engine.processes(app.id);
  return views.toSorted(byName).map((view) => dynoShape(context, { app, view }));
}

export function byName(a: ProcessView, b: ProcessView): number {
  return compareProcessNames(nameOf(a), nameOf(b));
}

function nameOf({ process }: Pick<ProcessView, 'process'>): { type: string; index: number } {
  const dot = process.lastIndexOf('.');
  return { type: process.slice(0, dot), index: Number(process.slice(dot + 1)) };
}

interface Shown {
  readonly app: App;
  readonly view: ShownProcess;
}

function dynoShape({ platform: { store } }: ApiContext, { app, view }: Shown): Said {
  const version = view.release ?? 0;
  const release = store.findRelease(app.id, version);
  const { type } = nameOf(view);
  return {
    app: { id: app.id, name: app.name },
    attach_url: null,
    command: view.command,
    created_at: timeOf(view.startedAt),
    id: uuidOf('dyno', view.instance),
    name: view.process,
    release: { id: release === null ? uuidOf('release', app.id, version) : releaseId(release), version },
    size: nameOfSize(view.size),
    state: stateShape(view.state),
    type,
    updated_at: timeOf(view.startedAt + (view.readyMs ?? 0)),
  };
}

function stateShape(state: ProcessState): string {
  switch (state) {
    case 'starting':
    case 'up':
    case 'crashed':
      return state;
    case 'draining':
    case 'stopping':
    case 'gone':
      return 'down';
  }
}
