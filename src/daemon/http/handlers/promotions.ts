import type { promotionRoutes } from '../../../api/routes/promotions.ts';
import type { ReplyOf } from '../../../api/routes/route.ts';
import { userError } from '../../../base/error.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import type { Promotion, PromotionTarget } from '../../../factors/01-codebase/promotion.ts';
import { promote } from '../../../platform/promote.ts';
import type { Store } from '../../../store/store.ts';
import { randomSecret } from '../../system.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { releaseId, requireApp, requirePipeline, show, timeOf, uuidOf } from '../identify.ts';
import { announce } from './announce.ts';

type Routes = typeof promotionRoutes;

export function promotionHandlers(context: ApiContext): HandlersOf<Routes> {
  const { platform } = context;
  const { store } = platform;
  return {
    'POST /pipeline-promotions': async (call) => {
      const { body, caller } = call;
      const pipeline = requirePipeline(store, body.pipeline.id);
      const source = requireApp(store, body.source.app.id);
      const targets = eachOnce(body.targets.map(({ app }) => requireApp(store, app.id)));
      const actor = caller.account.email;
      let id: string | null = null;
      const { done } = await announce(context, call, ({ tell, signal }) => {
        const noting: typeof tell = (event) => {
          if (event.kind === 'promotion') id = event.id;
          tell(event);
        };
        return promote(
          platform,
          { pipeline, source, targets, actor, secret: randomSecret },
          { tell: noting, signal },
        );
      });
      const promotion = id === null ? await done : requirePromotion(store, id);
      const detail = { pipeline: pipeline.name, promotion: promotion.id };
      store.addAudit({
        accountId: caller.account.id,
        actor,
        verb: 'pipeline.promote',
        appId: source.id,
        detail,
      });
      return promotionShape(store, promotion);
    },
    'GET /pipeline-promotions/:promotion': ({ params }) =>
      promotionShape(store, requirePromotion(store, params.promotion)),
    'GET /pipeline-promotions/:promotion/promotion-targets': ({ params }) => {
      const promotion = requirePromotion(store, params.promotion);
      return promotion.targets.map((target) => targetShape(store, promotion, target));
    },
  };
}

function eachOnce(apps: readonly App[]): App[] {
  return [...new Map(apps.map((app) => [app.id, app])).values()];
}

function requirePromotion(store: Store, id: string): Promotion {
  const promotion = store.findPromotion(id);
  if (promotion !== null) return promotion;
  throw userError('PROMOTION_UNKNOWN', `Cannot find the promotion ${show(id)}: there is none`, {
    hint: 'dozen pipelines promote makes one',
  });
}

function promotionShape(
  store: Store,
  { id, pipelineId, sourceAppId, sourceVersion, createdAt, targets }: Promotion,
): ReplyOf<Routes['POST /pipeline-promotions']> {
  const release = store.findRelease(sourceAppId, sourceVersion);
  if (release === null) throw new TypeError(`promotion ${id} names a release that is not there`);
  return {
    created_at: timeOf(createdAt),
    id,
    pipeline: { id: pipelineId },
    source: { app: { id: sourceAppId }, release: { id: releaseId(release) } },
    status: targets.some(({ status }) => status === 'pending') ? 'pending' : 'completed',
    updated_at: timeOf(createdAt),
  };
}

function targetShape(
  store: Store,
  promotion: Promotion,
  { appId, status, version, error }: PromotionTarget,
): ReplyOf<Routes['GET /pipeline-promotions/:promotion/promotion-targets']>[number] {
  const release = version === null ? null : store.findRelease(appId, version);
  return {
    app: { id: appId },
    error_message: error,
    id: uuidOf('promotion-target', promotion.id, appId),
    pipeline_promotion: { id: promotion.id },
    release: release === null ? null : { id: releaseId(release) },
    status,
  };
}
