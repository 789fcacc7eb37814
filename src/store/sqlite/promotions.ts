import { randomUUID } from 'node:crypto';
import { platformError } from '../../base/error.ts';
import type { Promotion, PromotionTarget } from '../../factors/01-codebase/promotion.ts';
import type { NewPromotion, PipelineStore, PromotionResult } from '../pipeline-store.ts';
import { type Ledger, requireApp } from './ledger.ts';
import { requirePipeline } from './pipelines.ts';
import { requireRelease } from './releases.ts';

type Promotions = Pick<
  PipelineStore,
  'createPromotion' | 'setPromotionTarget' | 'findPromotion' | 'pendingPromotions'
>;

export function promotionsOf(ledger: Ledger): Promotions {
  const { db } = ledger;
  return {
    createPromotion: (wanted) => db.write(() => createPromotion(ledger, wanted)),
    setPromotionTarget: (promotionId, appId, result) =>
      db.write(() => setTarget(ledger, { promotionId, appId }, result)),
    findPromotion: (id) =>
      db.read(() => promotionsWhere(ledger, `${selectPromotions} WHERE id = :id`, { id })[0] ?? null),
    pendingPromotions: () =>
      db.read(() =>
        promotionsWhere(
          ledger,
          `${selectPromotions} WHERE id IN
             (SELECT promotion_id FROM promotion_targets WHERE status = 'pending') ORDER BY created_at, id`,
        ),
      ),
  };
}

const selectPromotions = `SELECT id, pipeline_id AS pipelineId, source_app_id AS sourceAppId,
  source_version AS sourceVersion, actor, created_at AS createdAt FROM promotions`;

function promotionsWhere(
  { db }: Ledger,
  sql: string,
  values: Readonly<Record<string, string>> = {},
): Promotion[] {
  return db.all<Omit<Promotion, 'targets'>>(sql, values).map((promotion) => ({
    ...promotion,
    targets: db.all<PromotionTarget>(
      `SELECT app_id AS appId, status, version, error FROM promotion_targets
       WHERE promotion_id = :id ORDER BY position`,
      { id: promotion.id },
    ),
  }));
}

function createPromotion(ledger: Ledger, { targets, ...wanted }: NewPromotion): Promotion {
  requirePipeline(ledger, wanted.pipelineId, 'promote');
  requireRelease(ledger, { appId: wanted.sourceAppId, version: wanted.sourceVersion }, 'promote');
  const made = {
    id: randomUUID(),
    ...wanted,
    actor: wanted.actor.toWellFormed(),
    createdAt: ledger.clock.now(),
  };
  ledger.db.run(
    'INSERT INTO promotions VALUES (:id, :pipelineId, :sourceAppId, :sourceVersion, :actor, :createdAt)',
    made,
  );
  for (const [position, appId] of targets.entries()) addTarget(ledger, made.id, { appId, position });
  const pending = { status: 'pending', version: null, error: null } as const;
  return { ...made, targets: targets.map((appId) => ({ appId, ...pending })) };
}

function addTarget(
  ledger: Ledger,
  promotionId: string,
  { appId, position }: { readonly appId: string; readonly position: number },
): void {
  requireApp(ledger, appId, 'promote');
  ledger.db.run(
    "INSERT INTO promotion_targets VALUES (:promotionId, :position, :appId, 'pending', NULL, NULL)",
    { promotionId, position, appId },
  );
}

function setTarget(
  { db }: Ledger,
  name: { readonly promotionId: string; readonly appId: string },
  { status, version, error }: PromotionResult,
): void {
  const target = db.one<Pick<PromotionTarget, 'status'>>(
    'SELECT status FROM promotion_targets WHERE promotion_id = :promotionId AND app_id = :appId',
    name,
  );
  if (target?.status !== 'pending') throw targetRefused(name, target?.status ?? null);
  db.run(
    `UPDATE promotion_targets SET status = :status, version = :version, error = :error
     WHERE promotion_id = :promotionId AND app_id = :appId`,
    { ...name, status, version, error },
  );
}

function targetRefused(
  { promotionId, appId }: { readonly promotionId: string; readonly appId: string },
  status: PromotionTarget['status'] | null,
) {
  const why = status === null ? 'it has no such target' : `it has ${status} there`;
  return platformError(
    'PROMOTION_TARGET_REFUSED',
    `Cannot end promotion ${promotionId} for app ${appId}: ${why}`,
    { hint: 'Promote again' },
  );
}
