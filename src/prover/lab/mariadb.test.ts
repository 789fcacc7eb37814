import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../../../test/parts/free-port.ts';
import { findMariadb, findProgram } from '../programs.ts';
import { Unobservable } from '../unobservable.ts';
import { type MariadbOptions, startMariadb } from './mariadb.ts';
import { quoteIdentifier } from './mariadb-client.ts';
import { makeMariadbModel } from './mariadb-model.ts';
import type { DatabaseServer, Service } from './service.ts';

const bwrap = findProgram('bwrap');
const programs = findMariadb();
const lacking =
  bwrap === null ? 'needs bubblewrap' : programs === null ? 'needs mariadb-server' : (false as const);
const nobody = { uid: 65_534, gid: 65_534 };

/** As an app would: by TCP, with what the address says. */
async function query(address: string, statements: string): Promise<string> {
  const { username, password, hostname, port, pathname } = new URL(address);
  const where = ['--no-defaults', '--protocol=tcp', `--host=${hostname}`, `--port=${port}`];
  const child = spawn(
    programs?.client ?? '',
    [...where, `--user=${username}`, '--batch', '--skip-column-names', pathname.slice(1)],
    { env: { PATH: '/usr/bin:/bin', MYSQL_PWD: password }, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  child.stdin.end(statements);
  const [answer, complaint] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (child.exitCode !== 0) throw new Error(complaint);
  return answer.trim();
}

test('a name cannot end its quotes', () => {
  assert.equal(quoteIdentifier('a`; DROP DATABASE b'), '`a``; DROP DATABASE b`');
});

describe('MariaDB of a check', { skip: lacking, timeout: 120_000 }, () => {
  let folder: string;
  let options: MariadbOptions;
  let model: string;
  let server: DatabaseServer;
  let service: Service;
  before(async () => {
    folder = mkdtempSync('/var/tmp/dozen-test-');
    chmodSync(folder, 0o711);
    assert.ok(bwrap !== null && programs !== null);
    const user = process.getuid?.() === 0 ? nobody : null;
    options = { bwrap, programs, folder, user, freePort };
    model = await makeMariadbModel(options);
    server = await startMariadb(options, { model, name: 'one', own: true });
    service = await server.database('DATABASE_URL');
  });
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the app reaches its database, and can do nothing to the server', async () => {
    assert.equal(await query(service.url, 'SELECT DATABASE();'), new URL(service.url).username);
    await assert.rejects(query(service.url, "SELECT 1 INTO OUTFILE '/tmp/x';"), /Access denied/);
    await assert.rejects(query(service.url, 'SELECT * FROM mysql.global_priv;'), /denied/);
    await assert.rejects(query(service.url, 'CREATE DATABASE other;'), /Access denied/);
  });

  test('nobody is root, and nobody is let in without the password', async () => {
    const { port } = service;
    for (const login of ['root', 'root:guess', 'mariadb.sys', 'nobody', ''])
      await assert.rejects(query(`mysql://${login}@127.0.0.1:${port}/mysql`, 'SELECT 1;'), /Access denied/);
    const { href } = Object.assign(new URL(service.url), { password: 'guess' });
    await assert.rejects(query(href, 'SELECT 1;'), /Access denied/);
  });

  test('a deploy sees nothing of another on the same server', async () => {
    const other = await server.database('DATABASE_URL');
    await query(other.url, 'CREATE TABLE theirs (n INT);');
    const { username } = new URL(other.url);
    await assert.rejects(query(service.url, `SELECT * FROM ${username}.theirs;`), /denied/);
    await other.stop();
    await assert.rejects(query(other.url, 'SELECT 1;'), /Access denied/);
  });

  test('it answers at the same address, with its data, as soon as it is up again', async () => {
    await query(service.url, 'CREATE TABLE kept (n INT); INSERT INTO kept VALUES (7);');
    await service.down();
    await assert.rejects(query(service.url, 'SELECT 1;'), /Can't connect/);
    await service.up();
    assert.equal(await query(service.url, 'SELECT n FROM kept;'), '7');
  });

  test('a statement that waits for a lock is seen and counted, and goes on when it is released', async () => {
    await query(service.url, 'CREATE TABLE locked (n INT);');
    assert.equal(await service.connections(), 0);
    const lock = await service.lock('locked');
    const held = query(service.url, 'INSERT INTO locked VALUES (1);');
    assert.equal(await lock.waiting(30_000), true);
    assert.equal(await service.connections(), 1);
    await lock.release();
    await held;
    assert.equal(await query(service.url, 'SELECT COUNT(*) FROM locked;'), '1');
  });

  test('a table that is not there cannot be locked', async () => {
    await assert.rejects(service.lock('nowhere'), Unobservable);
  });

  test('a database goes while its table is locked and a statement runs in it', async () => {
    const going = await server.database('DATABASE_URL');
    await query(going.url, 'CREATE TABLE locked (n INT);');
    const lock = await going.lock('locked');
    const held = query(going.url, 'INSERT INTO locked VALUES (1); SELECT SLEEP(600);');
    const cutOff = assert.rejects(held, /ERROR/);
    assert.equal(await lock.waiting(30_000), true);
    await going.stop();
    await cutOff;
  });

  test('the next server starts from the same model, with nothing in it', async () => {
    const next = await startMariadb(options, { model, name: 'two', own: true });
    const other = await next.database('DATABASE_URL');
    assert.equal(await query(other.url, 'SHOW TABLES;'), '');
    await next.stop();
  });
});
