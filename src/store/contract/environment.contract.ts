import assert from 'node:assert/strict';
import { Secret } from '../../factors/03-config/secret.ts';
import type { Store } from '../store.ts';
import {
  builtOf,
  contractTest,
  type OpenLedger,
  releasable,
  releaseOf,
  revealed,
} from './subject.contract.ts';

/** An app with one variable, one attachment and a build. */
function attached(store: Store) {
  const { app, build } = releasable(store);
  const service = store.createService({ name: 'db', kind: 'postgres', version: '18' });
  const attachment = { serviceId: service.id, variable: 'DATABASE_URL' };
  store.configure(app.id, new Map([['GREETING', new Secret('hello')]]));
  store.attach(app.id, attachment, new Secret('postgres://first'));
  return { app, build, slug: build.slug ?? '', service, attachment };
}

function rotate(store: Store, { app, attachment }: ReturnType<typeof attached>, url: string): void {
  store.detach(app.id, attachment.variable);
  store.attach(app.id, attachment, new Secret(url));
}

export function environmentContract(open: OpenLedger): void {
  contractTest(
    open,
    "a release's environment is its own config and its attachments' credentials",
    (subject) => {
      const { store, reopen } = subject;
      const { app, build } = attached(store);
      releaseOf(store, build);
      store.configure(
        app.id,
        new Map([
          ['GREETING', new Secret('goodbye')],
          ['ADDED', new Secret('later')],
        ]),
      );
      releaseOf(store, build);
      assert.deepEqual(revealed(reopen().environment(app.id, 1)), {
        GREETING: 'hello',
        DATABASE_URL: 'postgres://first',
      });
      assert.deepEqual(revealed(reopen().environment(app.id, 2)), {
        GREETING: 'goodbye',
        ADDED: 'later',
        DATABASE_URL: 'postgres://first',
      });
    },
  );

  contractTest(open, 'an old release gets the credential as it is now', ({ store }) => {
    const subject = attached(store);
    releaseOf(store, subject.build);
    rotate(store, subject, 'postgres://second');
    assert.equal(store.environment(subject.app.id, 1).get('DATABASE_URL')?.reveal(), 'postgres://second');
  });

  contractTest(
    open,
    'the variables of an app are its config and what its services give, released or not',
    ({ store }) => {
      const { app } = attached(store);
      assert.deepEqual(revealed(store.variables(app.id)), {
        GREETING: 'hello',
        DATABASE_URL: 'postgres://first',
      });
      store.detach(app.id, 'DATABASE_URL');
      store.configure(app.id, new Map([['GREETING', null]]));
      assert.deepEqual(revealed(store.variables(app.id)), {});
    },
  );

  contractTest(open, 'a release keeps its variable after the service was detached', ({ store }) => {
    const { app, build } = attached(store);
    releaseOf(store, build);
    store.detach(app.id, 'DATABASE_URL');
    releaseOf(store, build);
    assert.equal(store.environment(app.id, 1).get('DATABASE_URL')?.reveal(), 'postgres://first');
    assert.deepEqual(revealed(store.environment(app.id, 2)), { GREETING: 'hello' });
  });

  contractTest(open, 'a release whose service was destroyed says which and where', ({ store }) => {
    const { app, build, service } = attached(store);
    releaseOf(store, build);
    store.detach(app.id, 'DATABASE_URL');
    store.destroyService(service.id);
    assert.throws(() => store.environment(app.id, 1), {
      code: 'SERVICE_GONE',
      message: 'Cannot give release 1 its DATABASE_URL: service "db" was destroyed',
    });
  });

  contractTest(open, 'a new service of an old name is another service', ({ store }) => {
    const { app, build, service } = attached(store);
    releaseOf(store, build);
    store.detach(app.id, 'DATABASE_URL');
    store.destroyService(service.id);
    store.createService({ name: 'db', kind: 'postgres', version: '18' });
    assert.throws(() => store.environment(app.id, 1), { code: 'SERVICE_GONE' });
  });

  contractTest(open, 'the values of a destroyed app are unreadable for ever', ({ store, reopen }) => {
    const { app, build } = attached(store);
    releaseOf(store, build);
    store.destroyApp(app.id);
    for (const opening of [store, reopen()]) {
      assert.throws(() => opening.environment(app.id, 1), {
        code: 'APP_GONE',
        message: 'Cannot read the config of release 1: app "guestbook" was destroyed',
      });
      assert.throws(() => opening.releaseFingerprint(app.id, 1), {
        code: 'APP_GONE',
        message: 'Cannot compare releases: app "guestbook" was destroyed',
      });
    }
  });

  contractTest(open, 'a release that was not made has no environment', ({ store }) => {
    const { app } = attached(store);
    assert.throws(() => store.environment(app.id, 7), {
      code: 'RELEASE_GONE',
      message: `Cannot read the config: there is no release 7 of app ${app.id}`,
    });
  });

  contractTest(open, 'the fingerprint is the same until slug, config or attachments change', ({ store }) => {
    const subject = attached(store);
    const { app, build, slug, attachment } = subject;
    releaseOf(store, build);
    const made = store.releaseFingerprint(app.id, 1);
    assert.match(made, /^[0-9a-f]{64}$/);
    assert.equal(store.fingerprint(app.id, slug), made);
    rotate(store, subject, 'postgres://second');
    assert.equal(store.fingerprint(app.id, slug), made, 'a rotated credential is no change');

    const other = builtOf(store, app, 'node other.js').slug ?? '';
    assert.notEqual(store.fingerprint(app.id, other), made);
    store.detach(app.id, attachment.variable);
    assert.notEqual(store.fingerprint(app.id, slug), made);
    store.attach(app.id, attachment, new Secret('postgres://second'));
    store.configure(app.id, new Map([['GREETING', new Secret('goodbye')]]));
    assert.notEqual(store.fingerprint(app.id, slug), made);
    store.configure(app.id, new Map([['GREETING', new Secret('hello')]]));
    assert.equal(store.fingerprint(app.id, slug), made);
    assert.equal(store.releaseFingerprint(app.id, 1), made);
  });

  contractTest(
    open,
    'what changed in the config is told by a hash for each variable',
    ({ store, reopen }) => {
      const { app, build } = attached(store);
      store.configure(app.id, new Map([['SAME', new Secret('hello')]]));
      releaseOf(store, build);
      store.configure(app.id, new Map([['GREETING', new Secret('goodbye')]]));
      releaseOf(store, build);
      store.configure(app.id, new Map([['GREETING', new Secret('hello')]]));
      releaseOf(store, build);
      const [first, second, third] = [1, 2, 3].map((version) => reopen().configFingerprints(app.id, version));
      assert.deepEqual([...(first?.keys() ?? [])], ['GREETING', 'SAME'], 'a credential is no config');
      assert.match(first?.get('GREETING') ?? '', /^[0-9a-f]{64}$/);
      assert.notEqual(
        first?.get('GREETING'),
        first?.get('SAME'),
        'equal values of two variables do not show',
      );
      assert.notEqual(second?.get('GREETING'), first?.get('GREETING'));
      assert.equal(second?.get('SAME'), first?.get('SAME'));
      assert.deepEqual(third, first);
    },
  );

  contractTest(open, 'the hashes of two apps, and of none, tell nothing', ({ store }) => {
    const subjects = ['one', 'two'].map((name) => releasable(store, name));
    for (const { app, build } of subjects) {
      store.configure(app.id, new Map([['GREETING', new Secret('hello')]]));
      releaseOf(store, build);
    }
    const [one, two] = subjects.map(({ app }) => store.configFingerprints(app.id, 1).get('GREETING'));
    assert.notEqual(one, two);
    const { id } = subjects[0]?.app ?? { id: '' };
    assert.throws(() => store.configFingerprints(id, 2), { code: 'RELEASE_GONE' });
    store.destroyApp(id);
    assert.throws(() => store.configFingerprints(id, 1), { code: 'APP_GONE' });
  });

  contractTest(open, 'the same content in two apps has two fingerprints', ({ store }) => {
    const apps = [releasable(store, 'one'), releasable(store, 'two')];
    const [one, two] = apps.map(({ app, build }) => store.fingerprint(app.id, build.slug ?? ''));
    assert.notEqual(one, two);
  });
}
