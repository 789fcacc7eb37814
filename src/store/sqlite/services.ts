import { randomUUID } from 'node:crypto';
import { userError } from '../../base/error.ts';
import type { Secret } from '../../factors/03-config/secret.ts';
import type { Service } from '../../factors/04-backing-services/service.ts';
import type { NewService, Store } from '../store.ts';
import { openSecret, type Sealed, sealSecret } from './data-keys.ts';
import { type Ledger, requireServiceKey } from './ledger.ts';

type Services = Pick<
  Store,
  | 'createService'
  | 'findService'
  | 'services'
  | 'renameService'
  | 'serviceState'
  | 'saveServiceState'
  | 'destroyService'
>;

export function servicesOf(ledger: Ledger): Services {
  const { db } = ledger;
  return {
    createService: (service) => db.write(() => createService(ledger, service)),
    findService: (idOrName) =>
      db.one<Service>(`${selectServices} AND id = :idOrName`, { idOrName }) ??
      db.one<Service>(`${selectServices} AND name = :idOrName`, { idOrName }),
    services: () => db.all<Service>(`${selectServices} ORDER BY name`),
    renameService: (serviceId, name) => db.write(() => renameService(ledger, serviceId, name)),
    serviceState: (serviceId) => db.read(() => serviceState(ledger, serviceId)),
    saveServiceState: (serviceId, state) => db.write(() => saveServiceState(ledger, serviceId, state)),
    destroyService(serviceId) {
      db.write(() => destroyService(ledger, serviceId));
      db.purgeLog();
    },
  };
}

const selectServices = `SELECT id, name, kind, version, created_at AS createdAt FROM services
  WHERE destroyed_at IS NULL`;

function createService(ledger: Ledger, { name, kind, version }: NewService): Service {
  refuseTaken(ledger, name, 'create service');
  const service: Service = { id: randomUUID(), name, kind, version, createdAt: ledger.clock.now() };
  ledger.db.run('INSERT INTO services VALUES (:id, :name, :kind, :version, :createdAt, NULL)', {
    ...service,
  });
  ledger.keys.create(service.id);
  return service;
}

function renameService(ledger: Ledger, serviceId: string, name: string): Service {
  requireServiceKey(ledger, serviceId, 'rename the service');
  const service = ledger.db.one<Service>(`${selectServices} AND id = :serviceId`, { serviceId });
  if (service?.name !== name) refuseTaken(ledger, name, 'name a service');
  ledger.db.run('UPDATE services SET name = :name WHERE id = :serviceId', { name, serviceId });
  return { ...(service as Service), name };
}

function refuseTaken({ db }: Ledger, name: string, doing: string): void {
  if (db.one(`${selectServices} AND name = :name`, { name }) === null) return;
  throw userError(
    'SERVICE_NAME_TAKEN',
    `Cannot ${doing} ${JSON.stringify(name)}: there is one of that name`,
    { hint: 'Choose another name' },
  );
}

function serviceState(ledger: Ledger, serviceId: string): Secret | null {
  const key = requireServiceKey(ledger, serviceId, 'read the state of a service');
  const row = ledger.db.one<Sealed>(
    'SELECT key_id AS keyId, sealed FROM service_state WHERE service_id = :serviceId',
    { serviceId },
  );
  return row === null ? null : openSecret(key, row, ['service state']);
}

function saveServiceState(ledger: Ledger, serviceId: string, state: Secret): void {
  const key = requireServiceKey(ledger, serviceId, 'save the state of a service');
  ledger.db.run(
    `INSERT INTO service_state VALUES (:serviceId, :keyId, :sealed)
     ON CONFLICT DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed`,
    { serviceId, ...sealSecret(key, state, ['service state']) },
  );
}

/** Once more is no error, as with an app. */
function destroyService(ledger: Ledger, serviceId: string): void {
  const { db } = ledger;
  if (db.one('SELECT 1 FROM services WHERE id = :serviceId', { serviceId }) === null) {
    requireServiceKey(ledger, serviceId, 'destroy the service');
  }
  refuseAttached(ledger, serviceId);
  const now = ledger.clock.now();
  db.run('UPDATE services SET destroyed_at = coalesce(destroyed_at, :now) WHERE id = :serviceId', {
    now,
    serviceId,
  });
  ledger.keys.destroy(serviceId);
  for (const table of ['service_state', 'credentials']) {
    db.run(`DELETE FROM ${table} WHERE service_id = :serviceId`, { serviceId });
  }
}

function refuseAttached(ledger: Ledger, serviceId: string): void {
  const held = ledger.db.one<{ service: string; app: string; variable: string }>(
    `SELECT services.name AS service, apps.name AS app, variable FROM attachments
     JOIN services ON services.id = service_id JOIN apps ON apps.id = app_id
     WHERE service_id = :serviceId ORDER BY apps.name, variable`,
    { serviceId },
  );
  if (held === null) return;
  throw userError(
    'SERVICE_ATTACHED',
    `Cannot destroy service ${JSON.stringify(held.service)}: app ${JSON.stringify(held.app)} has it as ${held.variable}`,
    { hint: `Detach ${held.variable} from ${JSON.stringify(held.app)} first` },
  );
}
