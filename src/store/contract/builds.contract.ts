import assert from 'node:assert/strict';
import { builtOf, contractTest, type OpenLedger, revision, slugOf, startedAt } from './subject.contract.ts';

export function buildsContract(open: OpenLedger): void {
  contractTest(open, 'a build runs until it is finished', ({ store, clock, reopen }) => {
    const app = store.createApp('guestbook');
    const running = store.startBuild({ appId: app.id, revision, builder: 'node', actor: 'ada' });
    assert.deepEqual(running, {
      id: running.id,
      appId: app.id,
      revision,
      builder: 'node',
      actor: 'ada',
      status: 'running',
      reason: null,
      slug: null,
      slugSize: null,
      createdAt: startedAt,
      finishedAt: null,
    });
    clock.set(startedAt + 1_500);
    const { slug, digest } = slugOf('node server.js');
    const finished = store.finishBuild(running.id, { slug, digest });
    assert.deepEqual(finished, {
      ...running,
      status: 'succeeded',
      slug: digest,
      slugSize: 3_345,
      finishedAt: startedAt + 1_500,
    });
    assert.deepEqual(reopen().findBuild(running.id), finished);
    assert.deepEqual(reopen().slug(digest), slug);
  });

  contractTest(open, 'a failed build has a reason and no slug', ({ store, reopen }) => {
    const app = store.createApp('guestbook');
    const { id } = store.startBuild({ appId: app.id, revision, builder: 'node', actor: 'ada' });
    const failed = store.finishBuild(id, { failed: true, reason: 'BUILD_FAILED' });
    assert.deepEqual([failed.status, failed.slug, failed.slugSize], ['failed', null, null]);
    assert.equal(failed.reason, 'BUILD_FAILED');
    assert.deepEqual(reopen().findBuild(id), failed);
  });

  contractTest(open, 'builds that are not finished are known, of whatever app', ({ store, reopen }) => {
    const apps = [store.createApp('guestbook'), store.createApp('shop')] as const;
    const start = (appId: string) => store.startBuild({ appId, revision, builder: 'node', actor: null }).id;
    const [first, second, third] = [start(apps[0].id), start(apps[1].id), start(apps[0].id)];
    store.finishBuild(first, { failed: true, reason: 'BUILD_FAILED' });
    assert.deepEqual(
      reopen()
        .unfinishedBuilds()
        .map(({ id }) => id)
        .sort(),
      [second, third].sort(),
    );
  });

  contractTest(open, 'a build is finished once', ({ store }) => {
    const app = store.createApp('guestbook');
    const build = builtOf(store, app);
    assert.throws(() => store.finishBuild(build.id, { failed: true, reason: 'BUILD_FAILED' }), {
      code: 'BUILD_FINISHED',
      message: `Cannot finish build ${build.id}: it has succeeded`,
    });
    assert.deepEqual(store.findBuild(build.id), build);
  });

  contractTest(open, 'a slug is kept under the digest of its manifest alone', ({ store }) => {
    const app = store.createApp('guestbook');
    const { id } = store.startBuild({ appId: app.id, revision, builder: 'node', actor: 'ada' });
    const digest = 'f'.repeat(64);
    assert.throws(() => store.finishBuild(id, { slug: slugOf('node server.js').slug, digest }), {
      code: 'SLUG_DIGEST_WRONG',
      message: `Cannot keep slug ${digest}: its manifest has another digest`,
    });
    assert.equal(store.findBuild(id)?.status, 'running');
    assert.equal(store.slug(digest), null);
  });

  contractTest(open, 'two builds of the same content are one slug', ({ store }) => {
    const app = store.createApp('guestbook');
    const [first, second] = [builtOf(store, app), builtOf(store, app)];
    assert.notEqual(first.id, second.id);
    assert.equal(first.slug, second.slug);
  });

  contractTest(
    open,
    "an app's builds are listed newest first, also when the clock was set back",
    (subject) => {
      const { store, clock } = subject;
      const app = store.createApp('guestbook');
      const ids = [startedAt, startedAt - 5_000, startedAt + 5_000].map((now) => {
        clock.set(now);
        return store.startBuild({ appId: app.id, revision, builder: 'node', actor: 'ada' }).id;
      });
      store.startBuild({ appId: store.createApp('other').id, revision, builder: 'node', actor: 'ada' });
      assert.deepEqual(
        store.builds(app.id).map((build) => build.id),
        ids.toReversed(),
      );
    },
  );

  contractTest(open, 'what there is no build of is refused by name', ({ store }) => {
    assert.equal(store.findBuild('none'), null);
    assert.throws(() => store.finishBuild('none', { failed: true, reason: 'BUILD_FAILED' }), {
      code: 'BUILD_GONE',
      message: 'Cannot use build "none": there is none',
    });
    assert.throws(() => store.startBuild({ appId: 'none', revision, builder: 'node', actor: 'ada' }), {
      code: 'APP_GONE',
      message: 'Cannot start a build: there is no app "none"',
    });
  });
}
