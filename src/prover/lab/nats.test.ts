import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../../../test/parts/free-port.ts';
import { findProgram } from '../programs.ts';
import { Unobservable } from '../unobservable.ts';
import { startNats } from './nats.ts';
import type { Service } from './service.ts';

const bwrap = findProgram('bwrap');
const program = findProgram('nats-server');
const lacking =
  bwrap === null ? 'needs bubblewrap' : program === null ? 'needs nats-server' : (false as const);
const nobody = { uid: 65_534, gid: 65_534 };

interface Client {
  readonly socket: Socket;
  readonly lines: Interface;
}

/** As an app would: connected, and its greeting taken. */
async function open({ url }: Service): Promise<Client> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  const lines = createInterface({ input: socket });
  socket.write('CONNECT {"verbose":false}\r\nPING\r\n');
  await lineOf(lines, /^PONG/);
  return { socket, lines };
}

async function lineOf(lines: Interface, wanted: RegExp): Promise<string> {
  const found = Promise.withResolvers<string>();
  const look = (line: string): void => {
    if (wanted.test(line)) found.resolve(line);
  };
  lines.on('line', look);
  lines.once('close', () => found.reject(new Error(`it ended before ${wanted}`)));
  try {
    return await found.promise;
  } finally {
    lines.off('line', look);
  }
}

async function ask({ socket, lines }: Client, subject: string, body: string): Promise<string> {
  const answer = lineOf(lines, /^\{/);
  const inbox = 'INBOX.1';
  socket.write(`SUB ${inbox} 1\r\nUNSUB 1 1\r\nPUB ${subject} ${inbox} ${body.length}\r\n${body}\r\n`);
  return answer;
}

describe('NATS of a check', { skip: lacking, timeout: 60_000 }, () => {
  let folder: string;
  let service: Service;
  before(async () => {
    folder = mkdtempSync('/var/tmp/dozen-test-');
    chmodSync(folder, 0o711);
    assert.ok(bwrap !== null && program !== null);
    const user = process.getuid?.() === 0 ? nobody : null;
    const ports = { port: await freePort(), monitorPort: await freePort() };
    const place = { folder: path.join(folder, 'one'), user, variable: 'NATS_URL' };
    service = await startNats({ bwrap, program, ...place, ...ports });
  });
  after(async () => {
    await service?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('it counts the clients that are there', async () => {
    assert.equal(await service.connections(), 0);
    const client = await open(service);
    assert.equal(await service.connections(), 1);
    client.socket.destroy();
  });

  test('it answers at the same address, with its streams, as soon as it is up again', async () => {
    const before = await open(service);
    const stream = JSON.stringify({ name: 'KEPT', subjects: ['kept'], storage: 'file' });
    assert.match(await ask(before, '$JS.API.STREAM.CREATE.KEPT', stream), /"name":"KEPT"/);
    assert.match(await ask(before, 'kept', 'one'), /"seq":1/);
    const cutOff = once(before.socket, 'close');
    await service.down();
    await cutOff;
    await assert.rejects(open(service), { code: 'ECONNREFUSED' });
    await service.up();
    const client = await open(service);
    assert.match(await ask(client, '$JS.API.STREAM.INFO.KEPT', ''), /"messages":1/);
    client.socket.destroy();
  });

  test('it has no tables to lock', async () => {
    await assert.rejects(service.lock('a'), Unobservable);
  });
});
