import type { pipelineRoutes } from '../../../api/routes/pipelines.ts';
import type { ReplyOf } from '../../../api/routes/route.ts';
import { userError } from '../../../base/error.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import { type Coupling, type Pipeline, parsePipelineName } from '../../../factors/01-codebase/pipeline.ts';
import type { Store } from '../../../store/store.ts';
import type { Caller } from '../admission.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp, requirePipeline, show, timeOf, uuidOf } from '../identify.ts';
import { appShape } from './apps.ts';

export function pipelineHandlers(context: ApiContext): HandlersOf<typeof pipelineRoutes> {
  const { store } = context.platform;
  const note = (
    { account }: Caller,
    verb: string,
    detail: Readonly<Record<string, string>>,
    app?: App,
  ): void =>
    store.addAudit({ accountId: account.id, actor: account.email, verb, appId: app?.id ?? null, detail });
  const said = (one: Coupling): ReplyOf<(typeof pipelineRoutes)['POST /pipeline-couplings']> =>
    couplingShape(requirePipeline(store, one.pipelineId), one);
  const appOf = ({ appId }: Coupling): App => requireApp(store, appId);
  return {
    'GET /pipelines': ({ query }) => {
      const name = query['eq[name]'];
      const found = store.pipelines().filter((one) => name === undefined || one.name === name);
      return found.map((one) => pipelineShape(context, one));
    },
    'POST /pipelines': ({ body, caller }) => {
      const pipeline = store.createPipeline(parsePipelineName(body.name));
      note(caller, 'pipeline.create', { pipeline: pipeline.name });
      return pipelineShape(context, pipeline);
    },
    'GET /pipelines/:pipeline': ({ params }) =>
      pipelineShape(context, requirePipeline(store, params.pipeline)),
    'PATCH /pipelines/:pipeline': ({ params, body, caller }) => {
      const before = requirePipeline(store, params.pipeline);
      if (body.name === undefined || body.name === before.name) return pipelineShape(context, before);
      const pipeline = store.renamePipeline(before.id, parsePipelineName(body.name));
      note(caller, 'pipeline.rename', { from: before.name, pipeline: pipeline.name });
      return pipelineShape(context, pipeline);
    },
    'DELETE /pipelines/:pipeline': ({ params, caller }) => {
      const pipeline = requirePipeline(store, params.pipeline);
      store.destroyPipeline(pipeline.id);
      note(caller, 'pipeline.destroy', { pipeline: pipeline.name });
      return pipelineShape(context, pipeline);
    },
    'GET /pipelines/:pipeline/pipeline-couplings': ({ params }) =>
      store.couplings({ pipelineId: requirePipeline(store, params.pipeline).id }).map(said),
    'GET /pipeline-couplings': () => store.couplings({}).map(said),
    'POST /pipeline-couplings': ({ body, caller }) => {
      const app = requireApp(store, body.app);
      const pipeline = requirePipeline(store, body.pipeline);
      const made = store.couple({ pipelineId: pipeline.id, appId: app.id, stage: body.stage });
      note(caller, 'pipeline.add', { pipeline: pipeline.name, stage: body.stage }, app);
      return couplingShape(pipeline, made);
    },
    'GET /pipeline-couplings/:coupling': ({ params }) => said(requireCoupling(store, params.coupling)),
    'PATCH /pipeline-couplings/:coupling': ({ params, body, caller }) => {
      const before = requireCoupling(store, params.coupling);
      if (body.stage === undefined) return said(before);
      const after = store.setStage(before.id, body.stage);
      note(caller, 'pipeline.move', { from: before.stage, stage: after.stage }, appOf(after));
      return said(after);
    },
    'DELETE /pipeline-couplings/:coupling': ({ params, caller }) => {
      const one = requireCoupling(store, params.coupling);
      const last = said(one);
      store.uncouple(one.id);
      note(caller, 'pipeline.remove', { pipeline: last.pipeline.name }, appOf(one));
      return last;
    },
    'GET /apps/:app/pipeline-couplings': ({ params }) => {
      const app = requireApp(store, params.app);
      const [one] = store.couplings({ appId: app.id });
      if (one === undefined) throw uncoupled(`Cannot find a pipeline of ${app.name}: it is in none`);
      return said(one);
    },
    'POST /filters/apps': ({ body }) =>
      body.in.id.flatMap((id) => {
        const found = store.findApp(id);
        if (found === null) return [];
        const { generation: _, organization: __, acm: ___, ...ofTeams } = appShape(context, found);
        return [{ ...ofTeams, joined: true, locked: false }];
      }),
  };
}

function requireCoupling(store: Store, id: string): Coupling {
  const one = store.findCoupling(id);
  if (one !== null) return one;
  throw uncoupled(`Cannot find the coupling ${show(id)}: there is none`);
}

function uncoupled(message: string): Error {
  return userError('COUPLING_UNKNOWN', `${message}`, {
    hint: 'dozen pipelines add NAME -a APP --stage STAGE puts an app into one',
  });
}

function pipelineShape(
  { operator }: ApiContext,
  { id, name, createdAt }: Pipeline,
): ReplyOf<(typeof pipelineRoutes)['POST /pipelines']> {
  return {
    created_at: timeOf(createdAt),
    id,
    name,
    owner: { id: operator.id, type: 'user' },
    updated_at: timeOf(createdAt),
    generation: { id: uuidOf('generation', 'cedar'), name: 'cedar' },
  };
}

function couplingShape(
  { name }: Pipeline,
  { id, pipelineId, appId, stage, createdAt }: Coupling,
): ReplyOf<(typeof pipelineRoutes)['POST /pipeline-couplings']> {
  return {
    app: { id: appId },
    created_at: timeOf(createdAt),
    id,
    pipeline: { id: pipelineId, name },
    stage,
    updated_at: timeOf(createdAt),
  };
}
