import assert from 'node:assert/strict';
import type { AppsPage } from '../store.ts';
import { contractTest, type OpenLedger, releasable, releaseOf, startedAt } from './subject.contract.ts';

export function appsContract(open: OpenLedger): void {
  contractTest(
    open,
    'an app is found by its id and by its name, also after a restart',
    ({ store, reopen }) => {
      const app = store.createApp('guestbook');
      assert.deepEqual(app, { id: app.id, name: 'guestbook', createdAt: startedAt });
      for (const opening of [store, reopen()]) {
        assert.deepEqual(opening.findApp(app.id), app);
        assert.deepEqual(opening.findApp('guestbook'), app);
        assert.equal(opening.findApp('other'), null);
      }
    },
  );

  contractTest(open, 'apps are listed by name', ({ store }) => {
    for (const name of ['wiki', 'api', 'shop']) store.createApp(name);
    assert.deepEqual(
      store.apps().map((app) => app.name),
      ['api', 'shop', 'wiki'],
    );
  });

  contractTest(open, 'apps are listed by pages, either way, from any value', ({ store }) => {
    for (const name of ['wiki', 'api', 'shop', 'gone']) store.createApp(name);
    store.destroyApp(store.findApp('gone')?.id ?? '');
    const names = (page: Partial<AppsPage>): string[] =>
      store.appsPage({ by: 'name', from: null, order: 'asc', limit: 2, ...page }).map((app) => app.name);
    assert.deepEqual(names({}), ['api', 'shop']);
    assert.deepEqual(names({ order: 'desc' }), ['wiki', 'shop']);
    assert.deepEqual(names({ from: { value: 'shop', behind: false } }), ['shop', 'wiki']);
    assert.deepEqual(names({ from: { value: 'shop', behind: true } }), ['wiki']);
    assert.deepEqual(names({ from: { value: 'gone', behind: true } }), ['shop', 'wiki']);
    assert.deepEqual(names({ order: 'desc', from: { value: 'shop', behind: true } }), ['api']);
    assert.deepEqual(
      store.appsPage({ by: 'id', from: null, order: 'asc', limit: 9 }).map(({ id }) => id),
      store
        .apps()
        .map(({ id }) => id)
        .sort(),
    );
  });

  contractTest(open, 'the summary of an app tells what its list tells', ({ store }) => {
    const { app, build } = releasable(store);
    const bare = { maintenance: false, releasedAt: null, slugSize: null };
    assert.deepEqual(store.appSummary(app.id), bare);
    const first = releaseOf(store, build);
    assert.deepEqual(store.appSummary(app.id), bare);
    store.addReleaseEvent(app.id, first.version, 'succeeded', null);
    store.addReleaseEvent(app.id, releaseOf(store, build).version, 'failed', 'PROCESS_EXITED');
    store.setAppSettings(app.id, { maintenance: true });
    assert.deepEqual(store.appSummary(app.id), {
      maintenance: true,
      releasedAt: first.createdAt,
      slugSize: build.slugSize,
    });
    store.destroyApp(app.id);
    assert.throws(() => store.appSummary(app.id), { code: 'APP_GONE' });
  });

  contractTest(open, 'a name is taken until its app is destroyed', ({ store }) => {
    const first = store.createApp('guestbook');
    assert.throws(() => store.createApp('guestbook'), {
      code: 'APP_NAME_TAKEN',
      message: 'Cannot create app "guestbook": there is one of that name',
    });
    store.destroyApp(first.id);
    const second = store.createApp('guestbook');
    assert.notEqual(second.id, first.id);
    assert.deepEqual(store.apps(), [second]);
  });

  contractTest(open, 'an app keeps its id and its releases when it is renamed', ({ store, reopen }) => {
    const { app, build } = releasable(store);
    const release = releaseOf(store, build);
    const renamed = store.renameApp(app.id, 'wiki');
    assert.deepEqual(renamed, { ...app, name: 'wiki' });
    assert.deepEqual(reopen().findApp('wiki'), renamed);
    assert.equal(reopen().findApp('guestbook'), null);
    assert.deepEqual(store.releases(app.id), [release]);
    assert.notEqual(store.createApp('guestbook').id, app.id);
  });

  contractTest(open, 'an app is not renamed to the name of another', ({ store }) => {
    const app = store.createApp('guestbook');
    store.createApp('wiki');
    assert.throws(() => store.renameApp(app.id, 'wiki'), {
      code: 'APP_NAME_TAKEN',
      message: 'Cannot rename app "guestbook" to "wiki": there is one of that name',
    });
    assert.deepEqual(store.renameApp(app.id, 'guestbook'), app);
    store.destroyApp(app.id);
    assert.throws(() => store.renameApp(app.id, 'shop'), {
      code: 'APP_GONE',
      message: 'Cannot rename the app: app "guestbook" was destroyed',
    });
  });

  contractTest(open, 'settings have defaults, and change one by one', ({ store, reopen }) => {
    const app = store.createApp('guestbook');
    const other = store.createApp('other');
    assert.deepEqual(store.appSettings(app.id), { maintenance: false, keptBuilds: 10 });
    assert.deepEqual(store.setAppSettings(app.id, { keptBuilds: 3 }), { maintenance: false, keptBuilds: 3 });
    store.setAppSettings(app.id, { maintenance: true });
    assert.deepEqual(reopen().appSettings(app.id), { maintenance: true, keptBuilds: 3 });
    assert.deepEqual(store.appSettings(other.id), { maintenance: false, keptBuilds: 10 });
    store.destroyApp(app.id);
    assert.throws(() => store.appSettings(app.id), {
      code: 'APP_GONE',
      message: 'Cannot read the settings: app "guestbook" was destroyed',
    });
    assert.throws(() => store.setAppSettings(app.id, { keptBuilds: 3 }), {
      code: 'APP_GONE',
      message: 'Cannot change the settings: app "guestbook" was destroyed',
    });
  });

  contractTest(open, 'settings out of range are refused and change nothing', ({ store }) => {
    const app = store.createApp('guestbook');
    for (const keptBuilds of [0, 1001]) assert.throws(() => store.setAppSettings(app.id, { keptBuilds }));
    assert.deepEqual(store.appSettings(app.id), { maintenance: false, keptBuilds: 10 });
  });

  contractTest(open, 'a destroyed app is not found, and destroying it again changes nothing', ({ store }) => {
    const app = store.createApp('guestbook');
    store.scale(app.id, { web: 2 });
    store.destroyApp(app.id);
    store.destroyApp(app.id);
    assert.equal(store.findApp(app.id), null);
    assert.equal(store.findApp('guestbook'), null);
    assert.deepEqual(store.formation(app.id), {});
    assert.throws(() => store.scale(app.id, { web: 1 }), {
      code: 'APP_GONE',
      message: 'Cannot scale: app "guestbook" was destroyed',
    });
  });

  contractTest(open, 'what was set for an app by command ends with it', ({ store, reopen }) => {
    const [app, other] = [store.createApp('guestbook'), store.createApp('other')];
    const pipelineId = store.createPipeline('shop').id;
    for (const { id } of [app, other]) {
      const last = id === app.id ? 1 : 2;
      store.setAppSettings(id, { keptBuilds: 3 });
      store.addDomain(id, `www${last}.example.org`);
      store.addExport({ appId: id, processType: 'mqtt', port: 20_000 + last });
      store.couple({ pipelineId, appId: id, stage: 'staging' });
      const schedule = { command: 'true', cron: '@daily', timeZone: 'UTC', overlap: 'skip' } as const;
      store.addSchedule(id, { name: 'nightly', ...schedule });
      const silent = { memory: null, cpu: null, graceMs: 1, signal: null, replacement: null };
      store.setProcessSettings(id, 'web', silent);
    }
    const held = ({ id }: { readonly id: string }) => [
      reopen().domains(id).length,
      reopen().exports(id).length,
      reopen().couplings({ appId: id }).length,
      reopen().schedules(id).length,
      reopen().processSettings(id).size,
    ];
    assert.deepEqual(held(app), [1, 1, 1, 1, 1]);
    store.destroyApp(app.id);
    assert.deepEqual(held(app), [0, 0, 0, 0, 0]);
    assert.deepEqual(held(other), [1, 1, 1, 1, 1]);
    assert.equal(store.appSettings(other.id).keptBuilds, 3);
    assert.notEqual(store.findPipeline(pipelineId), null);
  });

  contractTest(open, 'an app that never was cannot be destroyed', ({ store }) => {
    assert.throws(() => store.destroyApp('none'), {
      code: 'APP_GONE',
      message: 'Cannot destroy the app: there is no app "none"',
    });
  });

  contractTest(open, 'a formation is replaced as a whole', ({ store, reopen }) => {
    const app = store.createApp('guestbook');
    assert.deepEqual(store.formation(app.id), {});
    store.scale(app.id, { web: 2, worker: 1 });
    store.scale(app.id, { web: 3, clock: 0 });
    assert.deepEqual(reopen().formation(app.id), { web: 3, clock: 0 });
  });

  contractTest(open, 'a process type may have any name', ({ store }) => {
    const app = store.createApp('guestbook');
    const wanted = Object.fromEntries([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
    store.scale(app.id, wanted);
    assert.deepEqual(Object.entries(store.formation(app.id)), Object.entries(wanted));
  });

  contractTest(open, 'generations rise by one, for each owner alone', ({ store, reopen }) => {
    assert.deepEqual(
      [1, 2, 3].map(() => store.nextGeneration('app')),
      [1, 2, 3],
    );
    assert.equal(store.nextGeneration('service'), 1);
    assert.equal(reopen().nextGeneration('app'), 4);
  });
}
