import type { dynoRoutes } from '../../../api/routes/dynos.ts';
import type { ReplyOf } from '../../../api/routes/route.ts';
import { userError } from '../../../base/error.ts';
import type { ProcessView } from '../../../engines/engine.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import type { ProcessState } from '../../../factors/06-processes/process.ts';
import { compareProcessNames } from '../../../factors/06-processes/process-name.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { releaseId, requireApp, show, timeOf, uuidOf } from '../identify.ts';

type Said = ReplyOf<(typeof dynoRoutes)['GET /apps/:app/dynos/:dyno']>;

export function dynoHandlers(context: ApiContext): HandlersOf<typeof dynoRoutes> {
  const { platform } = context;
  return {
    'GET /apps/:app/dynos': async ({ params }) => dynoShapes(context, requireApp(platform.store, params.app)),
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

export async function dynoShapes(context: ApiContext, app: App): Promise<Said[]> {
  const views = await context.platform.engine.processes(app.id);
  return views.toSorted(byName).map((view) => dynoShape(context, app, view));
}

export function byName(a: ProcessView, b: ProcessView): number {
  return compareProcessNames(nameOf(a), nameOf(b));
}

function nameOf({ process }: ProcessView): { type: string; index: number } {
  const dot = process.lastIndexOf('.');
  return { type: process.slice(0, dot), index: Number(process.slice(dot + 1)) };
}

function dynoShape({ platform: { store } }: ApiContext, app: App, view: ProcessView): Said {
  const version = view.release ?? 0;
  const release = store.findRelease(app.id, version);
  const { type } = nameOf(view);
  const slug = release?.slug == null ? null : store.slug(release.slug);
  return {
    app: { id: app.id, name: app.name },
    attach_url: null,
    command: slug?.processTypes[type] ?? (type === 'release' ? (slug?.release ?? '') : ''),
    created_at: timeOf(view.startedAt),
    id: uuidOf('dyno', view.instance),
    name: view.process,
    release: { id: release === null ? uuidOf('release', app.id, version) : releaseId(release), version },
    size: 'default',
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
