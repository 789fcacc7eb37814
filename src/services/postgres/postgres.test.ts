import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { openServiceBench, type ServiceBench } from '../../../test/parts/service-bench.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import type { Service } from '../../factors/04-backing-services/service.ts';
import { backUp, testProvider } from '../provider.contract.ts';
import type { ServiceHost } from '../provider.ts';
import { postgresProvider } from './postgres.ts';
import { openState } from './state.ts';

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
  data: {
    async keep(credential, text) {
      await query(credential, 'CREATE TABLE IF NOT EXISTS kept (text text)');
      await query(credential, `DELETE FROM kept; INSERT INTO kept VALUES ('${text}')`);
    },
    async kept(credential) {
      const [{ name } = {}] = await query(credential, "SELECT to_regclass('kept') AS name");
      return name === null ? null : ((await query(credential, 'SELECT text FROM kept'))[0]?.text as string);
    },
  },
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

  test('a port that another program took meanwhile is named', async () => {
    await bench.engine.halt(30_000);
    const { port } = openState(host.state ?? assert.fail());
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const types = postgresProvider.processes(service, host.state ?? assert.fail());
    await assert.rejects(host.start(types), {
      code: 'SERVICE_PORT_TAKEN',
      message: `Cannot start sample: another program listens on its port ${port}`,
    });
    other.close();
    await once(other, 'close');
    await host.start(types);
    await postgresProvider.check(service, host);
  });

  test('a service made before logins were noted keeps its credentials through a restore', async () => {
    const { password, port } = openState(host.state ?? assert.fail());
    await host.save(new Secret(JSON.stringify({ format: 1, password, port })));
    const before = await bench.engine.processes(service.id);
    await host.start(postgresProvider.processes(service, host.state ?? assert.fail()));
    assert.deepEqual(
      (await bench.engine.processes(service.id)).map(({ pid }) => pid),
      before.map(({ pid }) => pid),
    );
    const { bytes } = await backUp(postgresProvider, service, host);
    await postgresProvider.restore(service, host, Readable.from([bytes]));
    assert.deepEqual(await query(credential, 'SELECT text FROM notes'), [{ text: 'kept' }]);
  });

  test("what a rotated credential made under its own name is the app's at once", async () => {
    await query(credential, 'SET ROLE NONE; CREATE SCHEMA mine; CREATE TABLE mine.own (text text)');
    const rotated = await postgresProvider.rotate(service, host, credential);
    await query(rotated, "INSERT INTO mine.own VALUES ('seen'); DROP SCHEMA mine CASCADE");
    await query(credential, 'SELECT 1');
    await postgresProvider.detach(service, host, credential);
    credential = rotated;
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
