import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { connectAmqp } from '../../../test/parts/amqp.ts';
import { freePort } from '../../../test/parts/free-port.ts';
import { findProgram, findRabbitmq } from '../programs.ts';
import { Unobservable } from '../unobservable.ts';
import { quoteBinary } from './erlang-node.ts';
import { startRabbitmq } from './rabbitmq.ts';
import type { DatabaseServer, Service } from './service.ts';

const bwrap = findProgram('bwrap');
const programs = findRabbitmq();
const lacking =
  bwrap === null ? 'needs bubblewrap' : programs === null ? 'needs rabbitmq-server' : (false as const);
const nobody = { uid: 65_534, gid: 65_534 };

test('a text cannot end its quotes', () => {
  assert.equal(quoteBinary('a">>, halt(), <<"\\'), '<<"a\\">>, halt(), <<\\"\\\\">>');
});

describe('RabbitMQ of a check', { skip: lacking, timeout: 120_000 }, () => {
  let folder: string;
  let server: DatabaseServer;
  let service: Service;
  before(async () => {
    folder = mkdtempSync('/var/tmp/dozen-test-');
    chmodSync(folder, 0o711);
    assert.ok(bwrap !== null && programs !== null);
    const user = process.getuid?.() === 0 ? nobody : null;
    server = await startRabbitmq({ bwrap, programs, folder, user, freePort }, { name: 'one', own: true });
    service = await server.database('CLOUDAMQP_URL');
  });
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('nobody is let in without the password, nor as the guest that every new server knows', async () => {
    const { port } = service;
    const guess = Object.assign(new URL(service.url), { password: 'guess' }).href;
    for (const address of [guess, `amqp://guest:guest@127.0.0.1:${port}/%2F`])
      await assert.rejects(connectAmqp(address), /ACCESS_REFUSED - Login was refused/);
  });

  test('it counts the connections of a deploy, and none of another on the same server', async () => {
    const other = await server.database('CLOUDAMQP_URL');
    assert.equal(await service.connections(), 0);
    const clients = await Promise.all([connectAmqp(service.url), connectAmqp(service.url)]);
    const [mine, theirs] = await Promise.all([service.connections(), other.connections()]);
    assert.deepEqual([mine, theirs], [2, 0]);
    for (const { socket } of clients) socket.destroy();
    await other.stop();
  });

  test('a deploy sees nothing of another on the same server, and nobody sees one that is over', async () => {
    const other = await server.database('CLOUDAMQP_URL');
    const { pathname } = new URL(other.url);
    const trespass = Object.assign(new URL(service.url), { pathname }).href;
    await assert.rejects(connectAmqp(trespass), /NOT_ALLOWED - access to vhost/);
    const theirs = await connectAmqp(other.url);
    await other.stop();
    await theirs.closed;
    await assert.rejects(connectAmqp(other.url), /ACCESS_REFUSED/);
  });

  test('it answers at the same address, with its messages, as soon as it is up again', async () => {
    const before = await connectAmqp(service.url);
    assert.equal(await before.queue('kept'), 0);
    await before.publish('kept', 'one');
    await service.down();
    await before.closed;
    await assert.rejects(connectAmqp(service.url), { code: 'ECONNREFUSED' });
    await service.up();
    const client = await connectAmqp(service.url);
    assert.equal(await client.take('kept'), 'one');
    assert.equal(await client.take('kept'), null);
    client.socket.destroy();
  });

  test('it has no tables to lock', async () => {
    await assert.rejects(service.lock('a'), Unobservable);
  });
});
