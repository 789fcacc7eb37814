import assert from 'node:assert/strict';
import { isDigest } from '../../base/digest.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import type { ReleaseStatus } from '../../factors/05-build-release-run/release.ts';
import type { Store } from '../store.ts';
import {
  builtOf,
  contractTest,
  type OpenLedger,
  releasable,
  releaseOf,
  revision,
  startedAt,
} from './subject.contract.ts';

function say(store: Store, release: { appId: string; version: number }, ...statuses: ReleaseStatus[]): void {
  for (const status of statuses) store.addReleaseEvent(release.appId, release.version, status, null);
}

export function releasesContract(open: OpenLedger): void {
  contractTest(open, 'a release carries the build, config and attachments of its moment', (subject) => {
    const { store, reopen } = subject;
    const { app, build } = releasable(store);
    const service = store.createService({ name: 'db', kind: 'postgres', version: '18' });
    const attachment = { serviceId: service.id, variable: 'DATABASE_URL' };
    store.attach(app.id, attachment, new Secret('postgres://'));
    store.configure(
      app.id,
      new Map([
        ['B', new Secret('2')],
        ['A', new Secret('1')],
      ]),
    );
    const release = store.createRelease({
      appId: app.id,
      buildId: build.id,
      actor: 'ada \u0000',
      description: 'Deploy \ud800',
    });
    assert.deepEqual(release, {
      appId: app.id,
      version: 1,
      buildId: build.id,
      slug: build.slug,
      configNames: ['A', 'B'],
      attachments: [attachment],
      actor: 'ada \u0000',
      description: 'Deploy \ufffd',
      createdAt: startedAt,
      previousHash: null,
      hash: release.hash,
    });
    assert.ok(isDigest(release.hash));
    store.configure(app.id, new Map([['A', null]]));
    store.detach(app.id, 'DATABASE_URL');
    assert.deepEqual(reopen().findRelease(app.id, 1), release);
    assert.equal(reopen().verify(app.id), null);
  });

  contractTest(open, 'versions count from 1 and each follows the one before', ({ store }) => {
    const { app, build } = releasable(store);
    const releases = [1, 2, 3].map(() => releaseOf(store, build));
    releaseOf(store, releasable(store, 'other').build);
    assert.deepEqual(
      releases.map((release) => release.version),
      [1, 2, 3],
    );
    assert.deepEqual(
      releases.map((release) => release.previousHash),
      [null, releases[0]?.hash, releases[1]?.hash],
    );
    assert.deepEqual(store.releases(app.id), releases.toReversed());
    assert.equal(store.findRelease(app.id, 4), null);
    assert.equal(store.verify(app.id), null);
  });

  contractTest(
    open,
    'config makes releases before there is a build, in one chain with those after',
    (subject) => {
      const { store, reopen } = subject;
      const app = store.createApp('guestbook');
      const unbuilt = () =>
        store.createRelease({ appId: app.id, buildId: null, actor: 'ada', description: 'Set A' });
      store.configure(app.id, new Map([['A', new Secret('1')]]));
      const first = unbuilt();
      assert.deepEqual([first.buildId, first.slug, first.configNames], [null, null, ['A']]);
      assert.equal(store.fingerprint(app.id, null), store.releaseFingerprint(app.id, 1));
      say(store, unbuilt(), 'succeeded');
      const built = releaseOf(store, builtOf(store, app));
      assert.deepEqual([built.version, built.previousHash], [3, store.findRelease(app.id, 2)?.hash]);
      assert.deepEqual(reopen().findRelease(app.id, 1), first);
      assert.deepEqual(reopen().releases(app.id)[2], first);
      assert.equal(reopen().currentRelease(app.id)?.version, 2);
      assert.deepEqual([...reopen().environment(app.id, 1).keys()], ['A']);
      assert.equal(reopen().verify(app.id), null);
    },
  );

  contractTest(open, 'once a release has a build, every later one has', ({ store }) => {
    const { app, build } = releasable(store);
    say(store, releaseOf(store, build), 'failed');
    const unbuilt = { appId: app.id, buildId: null, actor: 'ada', description: 'Set A' };
    assert.throws(() => store.createRelease(unbuilt), {
      code: 'BUILD_NOT_RELEASABLE',
      message: 'Cannot make a release without a build: release 1 of the app has one',
    });
    const other = store.createApp('other');
    assert.equal(store.createRelease({ ...unbuilt, appId: other.id }).version, 1);
    store.destroyApp(other.id);
    assert.throws(() => store.createRelease({ ...unbuilt, appId: other.id }), { code: 'APP_GONE' });
  });

  contractTest(open, 'releases are read in pages from either end', ({ store, reopen }) => {
    const { app, build } = releasable(store);
    const [first, second, third] = [1, 2, 3].map(() => releaseOf(store, build));
    releaseOf(store, releasable(store, 'other').build);
    const page = (wanted: Parameters<Store['releasesPage']>[1]) => reopen().releasesPage(app.id, wanted);
    assert.deepEqual(page({ order: 'asc', limit: 2 }), [first, second]);
    assert.deepEqual(page({ order: 'desc', limit: 2 }), [third, second]);
    assert.deepEqual(page({ from: 2, order: 'asc', limit: 5 }), [second, third]);
    assert.deepEqual(page({ from: 2, order: 'desc', limit: 5 }), [second, first]);
    assert.deepEqual(page({ from: 4, order: 'asc', limit: 5 }), []);
    assert.deepEqual(page({ from: 9, order: 'desc', limit: 1 }), [third]);
  });

  contractTest(open, 'the statuses of all releases of an app are its last events', ({ store, reopen }) => {
    const { app, build } = releasable(store);
    assert.deepEqual(store.statuses(app.id), new Map());
    for (const statuses of [['starting', 'succeeded'], ['failed'], ['releasing', 'starting'], []] as const) {
      say(store, releaseOf(store, build), ...statuses);
    }
    releaseOf(store, releasable(store, 'other').build);
    assert.deepEqual(
      [...reopen().statuses(app.id)],
      [
        [1, 'succeeded'],
        [2, 'failed'],
        [3, 'starting'],
        [4, 'pending'],
      ],
    );
  });

  contractTest(open, 'only a build of the app that succeeded is released', ({ store }) => {
    const { app } = releasable(store);
    const running = store.startBuild({ appId: app.id, revision, builder: 'node', actor: 'ada' });
    const foreign = releasable(store, 'other').build;
    const release = (buildId: string) =>
      store.createRelease({ appId: app.id, buildId, actor: 'ada', description: '' });
    assert.throws(() => release(running.id), {
      code: 'BUILD_NOT_RELEASABLE',
      message: `Cannot release build "${running.id}": it is running`,
    });
    store.finishBuild(running.id, { failed: true, reason: 'BUILD_FAILED' });
    assert.throws(() => release(running.id), {
      code: 'BUILD_NOT_RELEASABLE',
      message: `Cannot release build "${running.id}": it is failed`,
    });
    assert.throws(() => release(foreign.id), {
      code: 'BUILD_NOT_RELEASABLE',
      message: `Cannot release build "${foreign.id}": the app has none of that id`,
    });
    assert.deepEqual(store.releases(app.id), []);
  });

  contractTest(open, 'a release is pending when it is made, and its events are kept in order', (subject) => {
    const { store, clock, reopen } = subject;
    const release = releaseOf(store, releasable(store).build);
    const { appId, version } = release;
    clock.set(startedAt + 10);
    const failed = store.addReleaseEvent(appId, version, 'failed', 'RELEASE_PHASE_FAILED');
    assert.deepEqual(reopen().releaseEvents(appId, version), [
      { appId, version, sequence: 1, at: startedAt, status: 'pending', reason: null },
      { appId, version, sequence: 2, at: startedAt + 10, status: 'failed', reason: 'RELEASE_PHASE_FAILED' },
    ]);
    assert.equal(failed.sequence, 2);
    assert.equal(store.verify(appId), null);
  });

  contractTest(open, 'a status may be said again by a rollout that goes on after a restart', ({ store }) => {
    const release = releaseOf(store, releasable(store).build);
    say(store, release, 'releasing', 'releasing', 'starting', 'starting', 'succeeded');
    assert.equal(store.releaseEvents(release.appId, release.version).length, 6);
  });

  contractTest(open, 'a status is not taken back', ({ store }) => {
    const release = releaseOf(store, releasable(store).build);
    const { appId } = release;
    say(store, release, 'starting');
    assert.throws(() => say(store, release, 'releasing'), {
      code: 'RELEASE_STATUS_REFUSED',
      message: `Cannot call release 1 of app ${appId} releasing: it is starting`,
    });
    say(store, release, 'failed');
    assert.throws(() => say(store, release, 'succeeded'), {
      code: 'RELEASE_STATUS_REFUSED',
      message: `Cannot call release 1 of app ${appId} succeeded: it is failed`,
    });
    assert.throws(() => say(store, { appId, version: 2 }, 'starting'), {
      code: 'RELEASE_STATUS_REFUSED',
      message: `Cannot call release 2 of app ${appId} starting: there is no such release`,
    });
  });

  contractTest(open, 'the current release is the newest that succeeded', ({ store }) => {
    const { app, build } = releasable(store);
    assert.equal(store.currentRelease(app.id), null);
    const [first, second, third, fourth] = [1, 2, 3, 4].map(() => releaseOf(store, build));
    assert.ok(first && second && third && fourth);
    assert.equal(store.currentRelease(app.id), null);
    say(store, second, 'starting', 'succeeded');
    say(store, first, 'succeeded');
    say(store, third, 'failed');
    assert.deepEqual(store.currentRelease(app.id), second);
  });

  contractTest(open, 'releases and builds of a destroyed app stay', ({ store }) => {
    const { app, build } = releasable(store);
    store.configure(app.id, new Map([['A', new Secret('1')]]));
    const release = releaseOf(store, build);
    store.destroyApp(app.id);
    assert.deepEqual(store.releases(app.id), [release]);
    assert.deepEqual(store.builds(app.id), [build]);
    assert.equal(store.verify(app.id), null);
    assert.throws(() => releaseOf(store, build), {
      code: 'APP_GONE',
      message: 'Cannot make a release: app "guestbook" was destroyed',
    });
  });

  contractTest(open, 'two builds of one app are told apart in its releases', ({ store }) => {
    const { app, build } = releasable(store);
    const other = builtOf(store, app, 'node other.js');
    assert.deepEqual(
      [releaseOf(store, build), releaseOf(store, other)].map((release) => release.slug),
      [build.slug, other.slug],
    );
  });
}
