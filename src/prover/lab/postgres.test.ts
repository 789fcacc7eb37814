import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { freePort } from '../../../test/parts/free-port.ts';
import { makePostgresRuntime, postgresVersion } from '../../services/postgres/runtime.ts';
import { findProgram } from '../programs.ts';
import { type PostgresOptions, startPostgres } from './postgres.ts';
import type { DatabaseServer, Service } from './service.ts';

const bwrap = findProgram('bwrap');
/** Known to every machine by name, which `initdb` asks for. */
const nobody = { uid: 65_534, gid: 65_534 };

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('PostgreSQL of a check', { skip: bwrap === null && 'needs bubblewrap', timeout: 120_000 }, () => {
  let folder: string;
  let options: PostgresOptions;
  let server: DatabaseServer;
  let service: Service;
  before(async () => {
    folder = mkdtempSync('/var/tmp/dozen-test-');
    chmodSync(folder, 0o755);
    const runtime = await makePostgresRuntime(path.join(folder, 'runtime'), postgresVersion);
    chmodSync(path.join(folder, 'runtime'), 0o755);
    const user = process.getuid?.() === 0 ? nobody : null;
    const programs = path.join(runtime, 'opt/postgres');
    for (let at = programs; at !== folder; at = path.dirname(at)) chmodSync(at, 0o755);
    mkdirSync(path.join(folder, 'data'));
    options = {
      bwrap: bwrap ?? '',
      programs,
      folder: path.join(folder, 'data'),
      model: path.join(folder, 'kept/cluster'),
      user,
      freePort,
    };
    server = await startPostgres(options, { name: 'one', own: true });
    service = await server.database('DATABASE_URL');
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the app reaches its database, and nobody is its superuser', async () => {
    assert.deepEqual(await query(service.url, 'SELECT 1 AS one'), [{ one: 1 }]);
    const { port } = service;
    for (const login of ['check', 'check:guess', 'postgres'])
      await assert.rejects(query(`postgres://${login}@127.0.0.1:${port}/postgres`, 'SELECT 1'));
    await assert.rejects(query(service.url, "COPY (SELECT 1) TO PROGRAM 'true'"), /permission denied/);
  });

  test('the app is let in with its password alone', async () => {
    const { href } = Object.assign(new URL(service.url), { password: 'guess' });
    await assert.rejects(query(href, 'SELECT 1'), /password authentication failed/);
  });

  test('it answers at the same address, with its data, as soon as it is up again', async () => {
    await query(service.url, 'CREATE TABLE kept (n int)');
    await service.down();
    await assert.rejects(query(service.url, 'SELECT 1'), { code: 'ECONNREFUSED' });
    await service.up();
    assert.deepEqual(await query(service.url, 'SELECT count(*)::int AS n FROM kept'), [{ n: 0 }]);
  });

  test('a statement that waits for a lock is seen, and goes on when it is released', async () => {
    await query(service.url, 'CREATE TABLE locked (n int)');
    const lock = await service.lock('locked');
    const held = query(service.url, 'INSERT INTO locked VALUES (1)');
    assert.equal(await lock.waiting(30_000), true);
    assert.equal(await service.connections(), 1);
    await lock.release();
    await held;
  });

  test('the next server starts from the cluster that was kept', async () => {
    const next = await startPostgres(options, { name: 'two', own: true });
    const other = await next.database('DATABASE_URL');
    assert.deepEqual(await query(other.url, "SELECT to_regclass('kept') AS kept"), [{ kept: null }]);
    await next.stop();
  });
});
