import assert from 'node:assert/strict';
import { contractTest, type OpenLedger, startedAt } from './subject.contract.ts';

export function pipelinesContract(open: OpenLedger): void {
  contractTest(open, 'a pipeline is found by its id and by its name', ({ store, reopen }) => {
    const shop = store.createPipeline('shop');
    const api = store.createPipeline('api');
    assert.deepEqual(shop, { id: shop.id, name: 'shop', createdAt: startedAt });
    assert.deepEqual(reopen().findPipeline(shop.id), shop);
    assert.deepEqual(reopen().findPipeline('shop'), shop);
    assert.equal(store.findPipeline('other'), null);
    assert.deepEqual(reopen().pipelines(), [api, shop]);
  });

  contractTest(open, "a pipeline's name is taken until it is renamed or destroyed", ({ store }) => {
    const shop = store.createPipeline('shop');
    const api = store.createPipeline('api');
    assert.throws(() => store.createPipeline('shop'), {
      code: 'PIPELINE_NAME_TAKEN',
      message: 'Cannot create pipeline "shop": there is one of that name',
    });
    assert.throws(() => store.renamePipeline(api.id, 'shop'), {
      code: 'PIPELINE_NAME_TAKEN',
      message: 'Cannot rename pipeline "api" to "shop": there is one of that name',
    });
    assert.deepEqual(store.renamePipeline(shop.id, 'shop'), shop);
    assert.deepEqual(store.renamePipeline(shop.id, 'store'), { ...shop, name: 'store' });
    const second = store.createPipeline('shop');
    store.destroyPipeline(second.id);
    assert.notEqual(store.createPipeline('shop').id, second.id);
    assert.equal(store.findPipeline(shop.id)?.name, 'store');
  });

  contractTest(open, 'a destroyed pipeline is gone with its couplings, and its apps stay', (subject) => {
    const { store, reopen } = subject;
    const app = store.createApp('guestbook');
    const { id } = store.createPipeline('shop');
    store.couple({ pipelineId: id, appId: app.id, stage: 'staging' });
    store.destroyPipeline(id);
    store.destroyPipeline(id);
    assert.equal(reopen().findPipeline(id), null);
    assert.deepEqual(reopen().couplings({}), []);
    assert.deepEqual(store.findApp(app.id), app);
    const gone = { code: 'PIPELINE_GONE', message: /: pipeline "shop" was destroyed$/ };
    assert.throws(() => store.renamePipeline(id, 'store'), gone);
    assert.throws(() => store.couple({ pipelineId: id, appId: app.id, stage: 'staging' }), gone);
    assert.throws(() => store.destroyPipeline('none'), {
      code: 'PIPELINE_GONE',
      message: 'Cannot destroy the pipeline: there is no pipeline "none"',
    });
  });

  contractTest(open, 'couplings are listed oldest first, by pipeline and by app', (subject) => {
    const { store, clock, reopen } = subject;
    const [shop, api] = ['shop', 'api'].map((name) => store.createPipeline(name).id);
    const [one, two, three] = ['one', 'two', 'three'].map((name) => store.createApp(name).id);
    const first = store.couple({ pipelineId: shop ?? '', appId: two ?? '', stage: 'staging' });
    clock.set(startedAt + 1);
    const second = store.couple({ pipelineId: shop ?? '', appId: one ?? '', stage: 'production' });
    clock.set(startedAt + 2);
    const third = store.couple({ pipelineId: api ?? '', appId: three ?? '', stage: 'review' });
    assert.deepEqual(first, {
      id: first.id,
      pipelineId: shop,
      appId: two,
      stage: 'staging',
      createdAt: startedAt,
    });
    assert.deepEqual(reopen().couplings({}), [first, second, third]);
    assert.deepEqual(reopen().couplings({ pipelineId: shop ?? '' }), [first, second]);
    assert.deepEqual(reopen().couplings({ appId: three ?? '' }), [third]);
    assert.deepEqual(reopen().couplings({ appId: three ?? '', pipelineId: shop ?? '' }), []);
    assert.deepEqual(reopen().findCoupling(second.id), second);
    assert.equal(store.findCoupling('none'), null);
  });

  contractTest(open, 'an app is in one pipeline', ({ store }) => {
    const [shop, api] = [store.createPipeline('shop'), store.createPipeline('api')];
    const app = store.createApp('guestbook');
    const coupling = store.couple({ pipelineId: shop.id, appId: app.id, stage: 'staging' });
    assert.throws(() => store.couple({ pipelineId: api.id, appId: app.id, stage: 'production' }), {
      code: 'APP_COUPLED',
      message: 'Cannot couple app "guestbook": it is in staging of pipeline "shop"',
    });
    store.uncouple(coupling.id);
    assert.equal(
      store.couple({ pipelineId: api.id, appId: app.id, stage: 'production' }).stage,
      'production',
    );
    store.destroyApp(app.id);
    assert.deepEqual(store.couplings({}), []);
    assert.throws(() => store.couple({ pipelineId: api.id, appId: app.id, stage: 'production' }), {
      code: 'APP_GONE',
      message: 'Cannot couple the app: app "guestbook" was destroyed',
    });
  });

  contractTest(open, 'an app moves to another stage', ({ store, reopen }) => {
    const app = store.createApp('guestbook');
    const coupling = store.couple({
      pipelineId: store.createPipeline('shop').id,
      appId: app.id,
      stage: 'staging',
    });
    assert.deepEqual(store.setStage(coupling.id, 'test'), { ...coupling, stage: 'test' });
    assert.deepEqual(reopen().findCoupling(coupling.id), { ...coupling, stage: 'test' });
    store.uncouple(coupling.id);
    const unknown = {
      code: 'COUPLING_UNKNOWN',
      message: `Cannot uncouple: there is no coupling "${coupling.id}"`,
    };
    assert.throws(() => store.uncouple(coupling.id), unknown);
    assert.throws(() => store.setStage(coupling.id, 'test'), {
      ...unknown,
      message: `Cannot move to test: there is no coupling "${coupling.id}"`,
    });
  });
}
