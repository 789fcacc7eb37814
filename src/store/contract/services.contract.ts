import assert from 'node:assert/strict';
import { Secret } from '../../factors/03-config/secret.ts';
import { contractTest, type OpenLedger, startedAt } from './subject.contract.ts';

const postgres = { name: 'db', kind: 'postgres', version: '18' } as const;

export function servicesContract(open: OpenLedger): void {
  contractTest(open, 'a service is found by its id and by its name', ({ store, reopen }) => {
    const service = store.createService(postgres);
    assert.deepEqual(service, { id: service.id, ...postgres, createdAt: startedAt });
    const url = store.createService({ name: 'cache', kind: 'url', version: null });
    assert.deepEqual(reopen().findService(service.id), service);
    assert.deepEqual(reopen().findService('db'), service);
    assert.deepEqual(reopen().services(), [url, service]);
  });

  contractTest(open, 'a name is taken until its service is destroyed', ({ store }) => {
    const first = store.createService(postgres);
    assert.throws(() => store.createService(postgres), {
      code: 'SERVICE_NAME_TAKEN',
      message: 'Cannot create service "db": there is one of that name',
    });
    store.destroyService(first.id);
    assert.notEqual(store.createService(postgres).id, first.id);
  });

  contractTest(open, 'a service is renamed, and its old name is free again', ({ store, reopen }) => {
    const service = store.createService(postgres);
    store.createService({ ...postgres, name: 'other' });
    assert.deepEqual(store.renameService(service.id, 'first'), { ...service, name: 'first' });
    assert.deepEqual(reopen().findService('first'), { ...service, name: 'first' });
    assert.equal(store.findService('db'), null);
    assert.deepEqual(store.renameService(service.id, 'first'), { ...service, name: 'first' });
    assert.throws(() => store.renameService(service.id, 'other'), {
      code: 'SERVICE_NAME_TAKEN',
      message: 'Cannot name a service "other": there is one of that name',
    });
    store.destroyService(service.id);
    assert.throws(() => store.renameService(service.id, 'again'), {
      code: 'SERVICE_GONE',
      message: 'Cannot rename the service: service "first" was destroyed',
    });
  });

  contractTest(open, "a provider's notes are as it last saved them", ({ store, reopen }) => {
    const { id } = store.createService(postgres);
    assert.equal(store.serviceState(id), null);
    store.saveServiceState(id, new Secret('{"port":1}'));
    store.saveServiceState(id, new Secret('{"port":2}'));
    assert.equal(reopen().serviceState(id)?.reveal(), '{"port":2}');
  });

  contractTest(open, 'a destroyed service is gone with its notes', ({ store }) => {
    const { id } = store.createService(postgres);
    store.saveServiceState(id, new Secret('{}'));
    store.destroyService(id);
    store.destroyService(id);
    assert.equal(store.findService(id), null);
    assert.equal(store.findService('db'), null);
    assert.deepEqual(store.services(), []);
    assert.throws(() => store.serviceState(id), {
      code: 'SERVICE_GONE',
      message: 'Cannot read the state of a service: service "db" was destroyed',
    });
    assert.throws(() => store.saveServiceState(id, new Secret('{}')), {
      code: 'SERVICE_GONE',
      message: 'Cannot save the state of a service: service "db" was destroyed',
    });
    assert.throws(() => store.destroyService('none'), {
      code: 'SERVICE_GONE',
      message: 'Cannot destroy the service: there is no service "none"',
    });
  });

  contractTest(open, 'a service is not destroyed while an app is attached to it', ({ store }) => {
    const app = store.createApp('guestbook');
    const { id } = store.createService(postgres);
    store.attach(app.id, { serviceId: id, variable: 'DATABASE_URL' }, new Secret('postgres://'));
    assert.throws(() => store.destroyService(id), {
      code: 'SERVICE_ATTACHED',
      message: 'Cannot destroy service "db": app "guestbook" has it as DATABASE_URL',
    });
    store.detach(app.id, 'DATABASE_URL');
    store.destroyService(id);
    assert.equal(store.findService(id), null);
  });

  contractTest(open, 'a destroyed app holds no service', ({ store }) => {
    const app = store.createApp('guestbook');
    const { id } = store.createService(postgres);
    store.attach(app.id, { serviceId: id, variable: 'DATABASE_URL' }, new Secret('postgres://'));
    store.destroyApp(app.id);
    store.destroyService(id);
    assert.equal(store.findService(id), null);
  });
}
