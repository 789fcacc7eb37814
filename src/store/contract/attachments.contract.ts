import assert from 'node:assert/strict';
import { Secret } from '../../factors/03-config/secret.ts';
import type { Store } from '../store.ts';
import { builtOf, contractTest, type OpenLedger, releaseOf } from './subject.contract.ts';

const url = new Secret('postgres://ada:hunter2@localhost/guestbook');

function appAndService(store: Store) {
  const app = store.createApp('guestbook');
  const service = store.createService({ name: 'db', kind: 'postgres', version: '18' });
  return { app, service };
}

export function attachmentsContract(open: OpenLedger): void {
  contractTest(open, 'attachments are listed by variable until they are detached', ({ store, reopen }) => {
    const { app, service } = appAndService(store);
    const attachments = ['DATABASE_URL', 'ANALYTICS_URL'].map((variable) => ({
      serviceId: service.id,
      variable,
    }));
    for (const attachment of attachments) store.attach(app.id, attachment, url);
    assert.deepEqual(reopen().attachments(app.id), attachments.toReversed());
    store.detach(app.id, 'ANALYTICS_URL');
    store.detach(app.id, 'NEVER_ATTACHED');
    assert.deepEqual(reopen().attachments(app.id), attachments.slice(0, 1));
  });

  contractTest(open, 'a variable is attached once', ({ store }) => {
    const { app, service } = appAndService(store);
    const other = store.createService({ name: 'other', kind: 'postgres', version: '18' });
    store.attach(app.id, { serviceId: service.id, variable: 'DATABASE_URL' }, url);
    assert.throws(() => store.attach(app.id, { serviceId: other.id, variable: 'DATABASE_URL' }, url), {
      code: 'VARIABLE_TAKEN',
      message: 'Cannot attach a service as DATABASE_URL: a service is attached as it',
    });
    assert.deepEqual(store.attachments(app.id), [{ serviceId: service.id, variable: 'DATABASE_URL' }]);
  });

  contractTest(open, 'a variable that the config sets is not attached', ({ store }) => {
    const { app, service } = appAndService(store);
    store.configure(app.id, new Map([['DATABASE_URL', url]]));
    assert.throws(() => store.attach(app.id, { serviceId: service.id, variable: 'DATABASE_URL' }, url), {
      code: 'VARIABLE_TAKEN',
      message: 'Cannot attach a service as DATABASE_URL: the config sets it',
    });
  });

  contractTest(
    open,
    'a credential is rotated for every release that names it, and no release is made',
    (subject) => {
      const { store, reopen } = subject;
      const { app, service } = appAndService(store);
      const attachment = { serviceId: service.id, variable: 'DATABASE_URL' };
      store.attach(app.id, attachment, url);
      const release = releaseOf(store, builtOf(store, app));
      store.detach(app.id, 'DATABASE_URL');
      store.rotateCredential(app.id, attachment, new Secret('postgres://ada:second@localhost/guestbook'));
      const rotated = reopen().environment(app.id, 1).get('DATABASE_URL')?.reveal();
      assert.equal(rotated, 'postgres://ada:second@localhost/guestbook');
      assert.deepEqual(store.releases(app.id), [release]);
      assert.deepEqual(store.attachments(app.id), []);
    },
  );

  contractTest(open, 'the credential of what was never attached is not rotated', ({ store }) => {
    const { app, service } = appAndService(store);
    const attachment = { serviceId: service.id, variable: 'DATABASE_URL' };
    assert.throws(() => store.rotateCredential(app.id, attachment, url), {
      code: 'ATTACHMENT_UNKNOWN',
      message: 'Cannot rotate the credential of DATABASE_URL: the service was never attached as it',
    });
    store.attach(app.id, attachment, url);
    store.detach(app.id, 'DATABASE_URL');
    store.destroyService(service.id);
    assert.throws(() => store.rotateCredential(app.id, attachment, url), {
      code: 'SERVICE_GONE',
      message: 'Cannot rotate the credential of DATABASE_URL: service "db" was destroyed',
    });
    store.destroyApp(app.id);
    assert.throws(() => store.rotateCredential(app.id, attachment, url), { code: 'APP_GONE' });
  });

  contractTest(open, 'a service takes the place of another under its variable', ({ store, reopen }) => {
    const { app, service } = appAndService(store);
    const other = store.createService({ name: 'other', kind: 'url', version: null });
    const attachment = { serviceId: other.id, variable: 'DATABASE_URL' };
    assert.throws(() => store.reattach(app.id, attachment, url), {
      code: 'ATTACHMENT_UNKNOWN',
      message: 'Cannot attach a service as DATABASE_URL in the place of another: none is attached as it',
    });
    store.attach(app.id, { serviceId: service.id, variable: 'DATABASE_URL' }, url);
    releaseOf(store, builtOf(store, app));
    store.reattach(app.id, attachment, new Secret('postgres://other'));
    assert.deepEqual(reopen().attachments(app.id), [attachment]);
    assert.equal(store.variables(app.id).get('DATABASE_URL')?.reveal(), 'postgres://other');
    assert.equal(store.environment(app.id, 1).get('DATABASE_URL')?.reveal(), url.reveal());
    store.destroyService(service.id);
    assert.throws(() => store.reattach(app.id, { ...attachment, serviceId: service.id }, url), {
      code: 'SERVICE_GONE',
    });
  });

  contractTest(
    open,
    "the fingerprint of a release's credentials is other when one of them is",
    ({ store }) => {
      const { app, service } = appAndService(store);
      const build = builtOf(store, app);
      releaseOf(store, build);
      assert.equal(store.credentialsFingerprint(app.id, 1), null);
      const attachment = { serviceId: service.id, variable: 'DATABASE_URL' };
      store.attach(app.id, attachment, url);
      releaseOf(store, build);
      const first = store.credentialsFingerprint(app.id, 2);
      assert.match(first ?? '', /^[0-9a-f]{64}$/);
      store.rotateCredential(app.id, attachment, new Secret('postgres://second'));
      assert.notEqual(store.credentialsFingerprint(app.id, 2), first);
      store.rotateCredential(app.id, attachment, url);
      assert.equal(store.credentialsFingerprint(app.id, 2), first);
    },
  );

  contractTest(open, 'what is gone is not attached', ({ store }) => {
    const { app, service } = appAndService(store);
    store.destroyService(service.id);
    assert.throws(() => store.attach(app.id, { serviceId: service.id, variable: 'DATABASE_URL' }, url), {
      code: 'SERVICE_GONE',
      message: 'Cannot attach a service as DATABASE_URL: service "db" was destroyed',
    });
    store.destroyApp(app.id);
    assert.throws(() => store.attach(app.id, { serviceId: service.id, variable: 'DATABASE_URL' }, url), {
      code: 'APP_GONE',
      message: 'Cannot attach a service as DATABASE_URL: app "guestbook" was destroyed',
    });
  });
}
