import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { openServiceBench, type ServiceBench } from '../../../test/parts/service-bench.ts';
import type { Secret } from '../../factors/03-config/secret.ts';
import type { Service } from '../../factors/04-backing-services/service.ts';
import { testProvider } from '../provider.contract.ts';
import type { ServiceHost } from '../provider.ts';
import { postgresProvider } from './postgres.ts';

async function query(credential: Secret, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(credential.reveal());
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

testProvider('the postgres provider', {
  provider: postgresProvider,
  use: async (credential) => void (await query(credential, 'SELECT 1')),
});

describe('a PostgreSQL service', { timeout: 120_000 }, () => {
  let bench: ServiceBench;
  let service: Service;
  let host: ServiceHost;
  let credential: Secret;

  before(async () => {
    bench = await openServiceBench(mkdtempSync(path.join(tmpdir(), 'dozen-services-')), postgresProvider);
    service = bench.service('sample');
    host = bench.host(service);
    await postgresProvider.create(service, host);
    credential = await postgresProvider.attach(service, host, 'app');
  });
  after(() => bench.close());

  test('what one credential makes belongs to all of them, and outlives it', async () => {
    await query(credential, 'CREATE TABLE notes (text text)');
    await query(credential, "INSERT INTO notes VALUES ('kept')");
    const second = await postgresProvider.attach(service, host, 'app');
    await postgresProvider.detach(service, host, credential);
    credential = second;
    assert.deepEqual(await query(credential, 'SELECT text FROM notes'), [{ text: 'kept' }]);
    await query(credential, 'ALTER TABLE notes ADD COLUMN at timestamptz');
  });

  test('a credential is no superuser and reads no files of the server', async () => {
    await assert.rejects(query(credential, "SELECT pg_read_file('/data/cluster/postgresql.conf')"), {
      code: '42501',
    });
    await assert.rejects(query(credential, 'CREATE ROLE intruder SUPERUSER'), { code: '42501' });
  });

  test('a killed server is started again by itself, with every committed row', async () => {
    const [before] = await bench.engine.processes(service.id);
    assert.ok(before?.pid);
    const changes = bench.engine.observe(AbortSignal.timeout(60_000));
    process.kill(before.pid, 'SIGKILL');
    for await (const change of changes) {
      if (
        change.kind === 'process' &&
        change.process.state === 'up' &&
        change.process.instance !== before.instance
      )
        break;
    }
    await postgresProvider.check(service, host);
    assert.deepEqual(await query(credential, 'SELECT text FROM notes'), [{ text: 'kept' }]);
  });

  test('stopped and started again it has its data', async () => {
    await bench.engine.halt(30_000);
    await host.start(postgresProvider.processes(service, host.state ?? assert.fail()));
    await postgresProvider.check(service, host);
    assert.deepEqual(await query(credential, 'SELECT text FROM notes'), [{ text: 'kept' }]);
  });

  test('a creation that was cut off is begun anew', async () => {
    const other = bench.service('cut');
    const cut = bench.host(other);
    const broken: ServiceHost = {
      ...cut,
      get state() {
        return cut.state;
      },
      run: async () => ({ exit: { kind: 'signal', signal: 9 }, lastLines: [] }),
    };
    await assert.rejects(postgresProvider.create(other, broken), { code: 'SERVICE_NOT_CREATED' });
    await postgresProvider.create(other, cut);
    await postgresProvider.check(other, cut);
  });
});
