import assert from 'node:assert/strict';
import { Secret } from '../../factors/03-config/secret.ts';
import type { Store } from '../store.ts';
import { contractTest, type OpenLedger, releasable, releaseOf, revealed } from './subject.contract.ts';

/** An app whose release 1 has A and a database, and whose config and attachments are others by now. */
function changedSince(store: Store) {
  const { app, build } = releasable(store);
  const service = store.createService({ name: 'db', kind: 'postgres', version: '18' });
  const attachment = { serviceId: service.id, variable: 'DATABASE_URL' };
  store.configure(app.id, new Map([['A', new Secret('1')]]));
  store.attach(app.id, attachment, new Secret('postgres://first'));
  releaseOf(store, build);
  store.detach(app.id, 'DATABASE_URL');
  const changes: [string, Secret | null][] = [
    ['A', null],
    ['B', new Secret('2')],
    ['DATABASE_URL', new Secret('postgres://by-hand')],
  ];
  store.configure(app.id, new Map(changes));
  return { app, build, service, attachment };
}

export function restoreContract(open: OpenLedger): void {
  contractTest(open, "a release's own config is read without its attachments", ({ store, reopen }) => {
    const { app } = changedSince(store);
    assert.deepEqual(revealed(reopen().releaseConfig(app.id, 1)), { A: '1' });
    assert.throws(() => store.releaseConfig(app.id, 2), {
      code: 'RELEASE_GONE',
      message: `Cannot read the config: there is no release 2 of app ${app.id}`,
    });
    store.destroyApp(app.id);
    assert.throws(() => store.releaseConfig(app.id, 1), { code: 'APP_GONE' });
  });

  contractTest(
    open,
    'restoring a release brings back its config and attachments, and no other',
    (subject) => {
      const { store, reopen } = subject;
      const { app, build, attachment } = changedSince(store);
      const other = store.createApp('other');
      store.configure(other.id, new Map([['A', new Secret('theirs')]]));
      store.restoreRelease(app.id, 1);
      assert.deepEqual(revealed(reopen().config(app.id)), { A: '1' });
      assert.deepEqual(reopen().attachments(app.id), [attachment]);
      assert.deepEqual(revealed(store.config(other.id)), { A: 'theirs' });
      const made = releaseOf(store, build);
      assert.equal(store.releaseFingerprint(app.id, made.version), store.releaseFingerprint(app.id, 1));
      assert.equal(store.verify(app.id), null);
    },
  );

  contractTest(open, 'a restored attachment has its credential as it is now', ({ store }) => {
    const { app, build, attachment } = changedSince(store);
    store.rotateCredential(app.id, attachment, new Secret('postgres://second'));
    store.restoreRelease(app.id, 1);
    const { version } = releaseOf(store, build);
    assert.equal(store.environment(app.id, version).get('DATABASE_URL')?.reveal(), 'postgres://second');
  });

  contractTest(open, 'a release whose service was destroyed is not restored, in no part', ({ store }) => {
    const { app, service } = changedSince(store);
    store.destroyService(service.id);
    assert.throws(() => store.restoreRelease(app.id, 1), {
      code: 'SERVICE_GONE',
      message: 'Cannot restore DATABASE_URL of release 1: service "db" was destroyed',
    });
    assert.deepEqual(revealed(store.config(app.id)), { B: '2', DATABASE_URL: 'postgres://by-hand' });
    assert.deepEqual(store.attachments(app.id), []);
  });

  contractTest(open, 'what is gone is not restored', ({ store }) => {
    const { app } = changedSince(store);
    assert.throws(() => store.restoreRelease(app.id, 7), {
      code: 'RELEASE_GONE',
      message: `Cannot restore release 7: there is no release 7 of app ${app.id}`,
    });
    store.destroyApp(app.id);
    assert.throws(() => store.restoreRelease(app.id, 1), {
      code: 'APP_GONE',
      message: 'Cannot restore release 1: app "guestbook" was destroyed',
    });
  });
}
