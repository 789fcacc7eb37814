import assert from 'node:assert/strict';
import { contractTest, type OpenLedger, startedAt } from './subject.contract.ts';

export function reachContract(open: OpenLedger): void {
  contractTest(open, 'domains are listed by hostname, of one app and of all', ({ store, reopen }) => {
    const [app, other] = [store.createApp('guestbook'), store.createApp('other')];
    const www = store.addDomain(app.id, 'www.example.org');
    const any = store.addDomain(app.id, '*.example.org');
    const theirs = store.addDomain(other.id, 'other.example.org');
    assert.deepEqual(www, { id: www.id, appId: app.id, hostname: 'www.example.org', createdAt: startedAt });
    assert.deepEqual(reopen().domains(app.id), [any, www]);
    assert.deepEqual(reopen().domains(), [any, theirs, www]);
  });

  contractTest(open, 'a domain is of one app until it is removed or its app destroyed', ({ store }) => {
    const [app, other] = [store.createApp('guestbook'), store.createApp('other')];
    store.addDomain(app.id, 'example.org');
    for (const { id } of [app, other]) {
      assert.throws(() => store.addDomain(id, 'example.org'), {
        code: 'DOMAIN_TAKEN',
        message: 'Cannot add domain "example.org": app "guestbook" has it',
      });
    }
    store.removeDomain(app.id, 'example.org');
    const moved = store.addDomain(other.id, 'example.org');
    store.destroyApp(other.id);
    assert.deepEqual(store.domains(), []);
    assert.notEqual(store.addDomain(app.id, 'example.org').id, moved.id);
    assert.throws(() => store.addDomain(other.id, 'other.example.org'), {
      code: 'APP_GONE',
      message: 'Cannot add domain "other.example.org": app "other" was destroyed',
    });
  });

  contractTest(
    open,
    "a domain is removed by its hostname or its id, and never another app's",
    ({ store }) => {
      const [app, other] = [store.createApp('guestbook'), store.createApp('other')];
      const [first, second] = ['a.example.org', 'b.example.org'].map((name) => store.addDomain(app.id, name));
      for (const name of ['a.example.org', first?.id ?? '']) {
        assert.throws(() => store.removeDomain(other.id, name), {
          code: 'DOMAIN_UNKNOWN',
          message: `Cannot remove domain "${name}": the app has none of that name`,
        });
      }
      store.removeDomain(app.id, first?.id ?? '');
      assert.deepEqual(store.domains(app.id), [second]);
      store.removeDomain(app.id, 'b.example.org');
      assert.deepEqual(store.domains(app.id), []);
    },
  );

  contractTest(open, 'exports are listed by port, of one app and of all', ({ store, reopen }) => {
    const [app, other] = [store.createApp('guestbook'), store.createApp('other')];
    const mqtt = store.addExport({ appId: app.id, processType: 'mqtt', port: 21_883 });
    const smtp = store.addExport({ appId: app.id, processType: 'smtp', port: 20_025 });
    const theirs = store.addExport({ appId: other.id, processType: 'mqtt', port: 21_000 });
    assert.deepEqual(mqtt, { appId: app.id, processType: 'mqtt', port: 21_883, createdAt: startedAt });
    assert.deepEqual(reopen().exports(app.id), [smtp, mqtt]);
    assert.deepEqual(reopen().exports(), [smtp, theirs, mqtt]);
  });

  contractTest(open, 'a process type is exported once, and a port is of one export', ({ store }) => {
    const [app, other] = [store.createApp('guestbook'), store.createApp('other')];
    const made = store.addExport({ appId: app.id, processType: 'mqtt', port: 20_001 });
    assert.throws(() => store.addExport({ appId: app.id, processType: 'mqtt', port: 20_002 }), {
      code: 'EXPORT_EXISTS',
      message: 'Cannot export mqtt: it is exported on port 20001',
    });
    assert.throws(() => store.addExport({ appId: other.id, processType: 'smtp', port: 20_001 }), {
      code: 'EXPORT_PORT_TAKEN',
      message: 'Cannot export smtp: port 20001 is that of mqtt of app "guestbook"',
    });
    assert.deepEqual(store.exports(), [made]);
  });

  contractTest(open, 'an export ends when it is removed, and its port is free again', ({ store }) => {
    const app = store.createApp('guestbook');
    store.addExport({ appId: app.id, processType: 'mqtt', port: 20_001 });
    store.removeExport(app.id, 'mqtt');
    assert.throws(() => store.removeExport(app.id, 'mqtt'), {
      code: 'EXPORT_UNKNOWN',
      message: 'Cannot remove the export of mqtt: there is none',
    });
    assert.equal(store.addExport({ appId: app.id, processType: 'smtp', port: 20_001 }).port, 20_001);
    store.destroyApp(app.id);
    assert.deepEqual(store.exports(), []);
    assert.throws(() => store.addExport({ appId: app.id, processType: 'smtp', port: 20_001 }), {
      code: 'APP_GONE',
      message: 'Cannot export smtp: app "guestbook" was destroyed',
    });
  });
}
