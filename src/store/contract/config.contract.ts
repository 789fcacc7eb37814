import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Secret } from '../../factors/03-config/secret.ts';
import { contractTest, type OpenLedger, revealed } from './subject.contract.ts';

export function configContract(open: OpenLedger): void {
  contractTest(open, 'config is what was set and not unset since', ({ store, reopen }) => {
    const app = store.createApp('guestbook');
    store.configure(
      app.id,
      new Map([
        ['B', new Secret('2')],
        ['A', new Secret('1')],
      ]),
    );
    store.configure(
      app.id,
      new Map([
        ['A', null],
        ['B', new Secret('3')],
        ['NEVER_SET', null],
      ]),
    );
    assert.deepEqual(revealed(store.config(app.id)), { B: '3' });
    assert.deepEqual(revealed(reopen().config(app.id)), { B: '3' });
  });

  contractTest(open, 'any value comes back as it was given', ({ store }) => {
    const app = store.createApp('guestbook');
    const value = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,9}$/), value), (values) => {
        const before = [...store.config(app.id).keys()].map((name) => [name, null] as const);
        const after = Object.entries(values).map(([name, text]) => [name, new Secret(text)] as const);
        store.configure(app.id, new Map([...before, ...after]));
        assert.deepEqual(revealed(store.config(app.id)), { ...values });
      }),
      { numRuns: 30 },
    );
  });

  contractTest(open, 'a value does not print itself', ({ store }) => {
    const app = store.createApp('guestbook');
    store.configure(app.id, new Map([['TOKEN', new Secret('hunter2')]]));
    assert.doesNotMatch(inspect(store.config(app.id)), /hunter2/);
  });

  contractTest(open, 'a change that is refused in part is refused as a whole', ({ store }) => {
    const app = store.createApp('guestbook');
    const service = store.createService({ name: 'db', kind: 'postgres', version: '18' });
    store.attach(app.id, { serviceId: service.id, variable: 'DATABASE_URL' }, new Secret('postgres://a'));
    const changes = new Map([
      ['A', new Secret('1')],
      ['DATABASE_URL', new Secret('postgres://b')],
    ]);
    assert.throws(() => store.configure(app.id, changes), {
      code: 'VARIABLE_TAKEN',
      message: 'Cannot set DATABASE_URL: service "db" is attached as it',
    });
    assert.deepEqual(revealed(store.config(app.id)), {});
  });

  contractTest(open, 'a destroyed app has no config to read or set', ({ store }) => {
    const app = store.createApp('guestbook');
    store.configure(app.id, new Map([['A', new Secret('1')]]));
    store.destroyApp(app.id);
    assert.throws(() => store.config(app.id), {
      code: 'APP_GONE',
      message: 'Cannot read the config: app "guestbook" was destroyed',
    });
    assert.throws(() => store.configure(app.id, new Map()), {
      code: 'APP_GONE',
      message: 'Cannot set the config: app "guestbook" was destroyed',
    });
  });
}
