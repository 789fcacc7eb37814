/** The pipelines of the store: part of its contract, in `store.ts`. */
import type { Coupling, Pipeline, Stage } from '../factors/01-codebase/pipeline.ts';
import type { Promotion, PromotionTarget } from '../factors/01-codebase/promotion.ts';

/** What needs a pipeline throws PIPELINE_GONE when it was destroyed or never was. */
export interface PipelineStore {
  /** @throws PIPELINE_NAME_TAKEN */
  createPipeline(name: string): Pipeline;
  /** By id or name. */
  findPipeline(idOrName: string): Pipeline | null;
  /** Sorted by name. */
  pipelines(): readonly Pipeline[];
  /** @throws PIPELINE_NAME_TAKEN */
  renamePipeline(id: string, name: string): Pipeline;
  /** Its couplings end with it; its promotions stay, and so do the apps. Again is no error. */
  destroyPipeline(id: string): void;

  /** @throws APP_COUPLED when the app is in a pipeline */
  couple(coupling: NewCoupling): Coupling;
  /** Oldest first. */
  couplings(wanted: { readonly pipelineId?: string; readonly appId?: string }): readonly Coupling[];
  findCoupling(id: string): Coupling | null;
  /** @throws COUPLING_UNKNOWN */
  setStage(couplingId: string, stage: Stage): Coupling;
  /** @throws COUPLING_UNKNOWN */
  uncouple(couplingId: string): void;

  /** Every target is `pending`. `targets` are ids of apps, each once. @throws RELEASE_GONE when the source has no such release */
  createPromotion(promotion: NewPromotion): Promotion;
  /** @throws PROMOTION_TARGET_REFUSED when the promotion has no such target, or it has ended */
  setPromotionTarget(promotionId: string, appId: string, result: PromotionResult): void;
  findPromotion(id: string): Promotion | null;
  /** Those with a target that is pending, oldest first: what a platform that was killed has to end. */
  pendingPromotions(): readonly Promotion[];
}

export type NewCoupling = Omit<Coupling, 'id' | 'createdAt'>;

export interface NewPromotion extends Omit<Promotion, 'id' | 'createdAt' | 'targets'> {
  readonly targets: readonly string[];
}

export interface PromotionResult extends Omit<PromotionTarget, 'appId'> {
  readonly status: 'succeeded' | 'failed';
}
