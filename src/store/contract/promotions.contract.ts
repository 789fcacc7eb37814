import assert from 'node:assert/strict';
import type { Store } from '../store.ts';
import { contractTest, type OpenLedger, releasable, releaseOf, startedAt } from './subject.contract.ts';

function promotable(store: Store) {
  const { app, build } = releasable(store, 'staging');
  releaseOf(store, build);
  const [first, second] = ['production', 'canary'].map((name) => store.createApp(name).id);
  const promotion = {
    pipelineId: store.createPipeline('shop').id,
    sourceAppId: app.id,
    sourceVersion: 1,
    actor: 'ada',
  };
  return { app, first: first ?? '', second: second ?? '', promotion };
}

const pending = { status: 'pending', version: null, error: null } as const;
const succeeded = { status: 'succeeded', version: 7, error: null } as const;
const failed = { status: 'failed', version: null, error: 'CONFIG_REQUIRED' } as const;

export function promotionsContract(open: OpenLedger): void {
  contractTest(open, 'a promotion is pending for each target until that has ended', ({ store, reopen }) => {
    const { first, second, promotion } = promotable(store);
    const made = store.createPromotion({ ...promotion, targets: [first, second] });
    const facts = { id: made.id, ...promotion, createdAt: startedAt };
    assert.deepEqual(made, {
      ...facts,
      targets: [
        { appId: first, ...pending },
        { appId: second, ...pending },
      ],
    });
    assert.deepEqual(reopen().findPromotion(made.id), made);
    store.setPromotionTarget(made.id, second, failed);
    assert.deepEqual(reopen().pendingPromotions(), [store.findPromotion(made.id)]);
    store.setPromotionTarget(made.id, first, succeeded);
    assert.deepEqual(reopen().findPromotion(made.id), {
      ...facts,
      targets: [
        { appId: first, ...succeeded },
        { appId: second, ...failed },
      ],
    });
    assert.deepEqual(reopen().pendingPromotions(), []);
    assert.equal(store.findPromotion('none'), null);
  });

  contractTest(open, 'a target ends once', ({ store }) => {
    const { app, first, promotion } = promotable(store);
    const { id } = store.createPromotion({ ...promotion, targets: [first] });
    store.setPromotionTarget(id, first, failed);
    assert.throws(() => store.setPromotionTarget(id, first, succeeded), {
      code: 'PROMOTION_TARGET_REFUSED',
      message: `Cannot end promotion ${id} for app ${first}: it has failed there`,
    });
    assert.throws(() => store.setPromotionTarget(id, app.id, succeeded), {
      code: 'PROMOTION_TARGET_REFUSED',
      message: `Cannot end promotion ${id} for app ${app.id}: it has no such target`,
    });
    assert.deepEqual(store.findPromotion(id)?.targets, [{ appId: first, ...failed }]);
  });

  contractTest(
    open,
    'what is gone is not promoted, nor promoted to, and nothing is left of it',
    ({ store }) => {
      const { first, second, promotion } = promotable(store);
      const promote = (more: object) => () =>
        store.createPromotion({ ...promotion, targets: [first, second], ...more });
      assert.throws(promote({ sourceVersion: 2 }), { code: 'RELEASE_GONE' });
      store.destroyApp(second);
      assert.throws(promote({}), {
        code: 'APP_GONE',
        message: 'Cannot promote: app "canary" was destroyed',
      });
      store.destroyPipeline(promotion.pipelineId);
      assert.throws(promote({ targets: [first] }), {
        code: 'PIPELINE_GONE',
        message: 'Cannot promote: pipeline "shop" was destroyed',
      });
      assert.deepEqual(store.pendingPromotions(), []);
    },
  );

  contractTest(
    open,
    'a promotion stays when its pipeline and its apps are destroyed',
    ({ store, reopen }) => {
      const { app, first, promotion } = promotable(store);
      const made = store.createPromotion({ ...promotion, targets: [first] });
      for (const id of [app.id, first]) store.destroyApp(id);
      store.destroyPipeline(promotion.pipelineId);
      assert.deepEqual(reopen().findPromotion(made.id), made);
      store.setPromotionTarget(made.id, first, { ...failed, error: 'APP_GONE' });
      assert.equal(reopen().findPromotion(made.id)?.targets[0]?.error, 'APP_GONE');
    },
  );
}
