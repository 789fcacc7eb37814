import assert from 'node:assert/strict';
import { contractTest, type OpenLedger, startedAt } from './subject.contract.ts';

export function auditContract(open: OpenLedger): void {
  contractTest(open, 'the audit says who did what, newest first', ({ store, clock, reopen }) => {
    const app = store.createApp('guestbook');
    const ada = store.createAccount({ email: 'ada@example.org', name: 'Ada' });
    const detail = { names: ['A', 'B'], count: 2, note: 'ünïcode \u0000', nothing: null };
    const first = { accountId: ada.id, actor: 'ada', verb: 'config.set', appId: app.id, detail };
    const second = { accountId: null, actor: 'console', verb: 'account.create', appId: null, detail: [] };
    store.addAudit(first);
    clock.set(startedAt - 5_000);
    store.addAudit(second);
    assert.deepEqual(reopen().audit({ limit: 10 }), [
      { sequence: 2, at: startedAt - 5_000, ...second },
      { sequence: 1, at: startedAt, ...first },
    ]);
  });

  contractTest(open, 'the audit is read for one app, and no further than asked', ({ store }) => {
    const [app, other] = ['guestbook', 'other'].map((name) => store.createApp(name));
    for (const appId of [app?.id, other?.id, app?.id, app?.id]) {
      store.addAudit({ accountId: null, actor: 'ada', verb: 'app.restart', appId: appId ?? '', detail: {} });
    }
    const sequences = (wanted: Parameters<typeof store.audit>[0]) =>
      store.audit(wanted).map(({ sequence }) => sequence);
    assert.deepEqual(sequences({ appId: app?.id ?? '', limit: 2 }), [4, 3]);
    assert.deepEqual(sequences({ appId: other?.id ?? '', limit: 2 }), [2]);
    assert.deepEqual(sequences({ limit: 3 }), [4, 3, 2]);
  });

  contractTest(
    open,
    'the audit of a destroyed app stays, and takes the entry of its end',
    ({ store, reopen }) => {
      const app = store.createApp('guestbook');
      const entry = { accountId: null, actor: 'ada', appId: app.id, detail: { name: 'guestbook' } };
      store.addAudit({ ...entry, verb: 'app.create' });
      store.destroyApp(app.id);
      store.addAudit({ ...entry, verb: 'app.destroy' });
      assert.deepEqual(
        reopen()
          .audit({ appId: app.id, limit: 10 })
          .map(({ verb }) => verb),
        ['app.destroy', 'app.create'],
      );
    },
  );
}
