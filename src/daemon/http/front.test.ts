import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, createServer, request, type Server } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { apiCertificate } from '../certificate.ts';
import { type Front, openFront } from './front.ts';

describe('the one port', { timeout: 30_000 }, () => {
  let home: string;
  let ca: string;
  let pem: string;
  let http: Server;
  let front: Front;
  let met: PromiseWithResolvers<{ capability: string; socket: Socket }>;
  let sockets: Socket[];

  before(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'dozen-front-'));
    mkdirSync(path.join(home, 'keys'));
    const made = await apiCertificate(home, Date.now());
    pem = made.pem;
    ca = readFileSync(made.file, 'utf8');
  });
  after(() => rmSync(home, { recursive: true }));
  beforeEach(async () => {
    met = Promise.withResolvers();
    sockets = [];
    http = createServer(async (asked, response) => {
      let size = 0;
      for await (const chunk of asked) size += (chunk as Buffer).length;
      response.end(`${asked.method} ${asked.url} ${size}`);
    });
    front = await openFront({
      host: '127.0.0.1',
      port: 0,
      pem,
      http,
      onRendezvous: (socket, capability) => met.resolve({ capability, socket }),
      silenceMs: 500,
    });
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    front.cut();
    await front.close();
  });

  const plain = (): Socket => kept(connect({ port: front.port, host: '127.0.0.1' }));
  const secure = (): Socket => kept(connectTls({ port: front.port, host: '127.0.0.1', ca }));

  function kept(socket: Socket): Socket {
    sockets.push(socket);
    return socket.on('error', () => socket.destroy());
  }

  async function asks(ask: typeof request, options: object): Promise<string> {
    const sent = ask({ port: front.port, host: '127.0.0.1', method: 'POST', path: '/x', ...options });
    sent.end(Buffer.alloc(200_000));
    const [response] = await once(sent, 'response');
    return (await Array.fromAsync(response)).join('');
  }

  test('serves HTTP and HTTPS, with a body, and one request after the other', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let turn = 0; turn < 3; turn += 1)
      assert.equal(await asks(request, { agent }), 'POST /x 200000', `HTTP, ${turn}`);
    agent.destroy();
    for (let turn = 0; turn < 2; turn += 1)
      assert.equal(await asks(secureRequest, { ca }), 'POST /x 200000', `HTTPS, ${turn}`);
  });

  test('gives a rendezvous its capability and what was said behind it, however it comes in pieces', async () => {
    const client = secure();
    await once(client, 'secureConnect');
    for (const piece of ['ca', 'pab', 'ility?x=1\r', '\nfirst ']) {
      client.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { capability, socket } = await met.promise;
    assert.equal(capability, 'capability');
    client.end('input');
    assert.equal((await Array.fromAsync(socket)).join(''), 'first input');
  });

  test('cuts off who says nothing, too much or no line, over TLS or not', async () => {
    const silent = plain();
    const half = secure();
    half.write('POST');
    const long = secure();
    long.write('x'.repeat(5000));
    const none = secure();
    await Promise.all([silent, half, long, none].map((socket) => closed(socket)));
  });

  test('a client that is no TLS behind its first byte harms nobody', async () => {
    const broken = plain();
    broken.write(Buffer.from([0x16, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    await closed(broken);
    assert.equal(await asks(request, {}), 'POST /x 200000');
  });

  test('a client that leaves while it is looked at, or just after, leaves nothing behind', {
    timeout: 10_000,
  }, async () => {
    const patient = {
      host: '127.0.0.1',
      port: 0,
      pem,
      http,
      onRendezvous: () => assert.fail(),
      silenceMs: 60_000,
    };
    const other = await openFront(patient);
    const to = { port: other.port, host: '127.0.0.1' };
    const shaken = kept(connectTls({ ...to, ca }));
    await once(shaken, 'secureConnect');
    shaken.destroy();
    for (const first of ['', 'GET / HT', Buffer.from([0x16, 3, 1])]) {
      const socket = kept(connect(to));
      await once(socket, 'connect');
      if (first !== '') await new Promise((resolve) => socket.write(first, resolve));
      socket.destroy();
    }
    await other.close();
  });

  async function closed(socket: Socket): Promise<void> {
    socket.resume();
    if (!socket.closed) await once(socket, 'close');
  }
});
