/** A run over TLS as the official command line attaches to it, spoken by hand: what that client never does, too. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { clientOf, deploy, eventually, helloFiles, makeApp } from '../parts/platform-run.ts';
import { cli, cliJson, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

const greeting = 'rendezvous\r\n';

describe('a rendezvous', { timeout: 120_000 }, () => {
  let run: ServerRun;
  let ca: Buffer;

  before(async () => {
    run = await startServer();
    ca = readFileSync(path.join(run.home, 'keys/api.crt'));
    await cli(run.home, ['apps', 'create', 'hello']);
    await deploy(run.home, { app: 'hello', folder: makeApp(helloFiles), from: 'commit' });
  });
  after(() => removeServer(run));

  async function urlOf(command: string, more: object = {}): Promise<string> {
    const body = { command, attach: true, ...more };
    const dyno = await clientOf(run.home).ask('POST /apps/:app/dynos', { params: { app: 'hello' }, body });
    return dyno.attach_url ?? '';
  }

  function come(url: string): TLSSocket {
    const { hostname, port, pathname } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), ca });
    socket.write(`${pathname.slice(1)}\r\n`);
    return socket;
  }

  const textOf = async (socket: TLSSocket): Promise<string> =>
    Buffer.concat(await Array.fromAsync(socket)).toString();
  const noneLeft = (): Promise<void> =>
    eventually(
      async () =>
        (await cliJson<{ process: string }[]>(run.home, ['ps', '-a', 'hello'])).every(
          ({ process }) => !process.startsWith('run.'),
        ),
      { what: 'no run is left' },
    );

  test('greets in a record of its own, and closes behind the last byte', async () => {
    const socket = come(await urlOf('echo hi'));
    const [first] = (await once(socket, 'data')) as [Buffer];
    assert.equal(first.toString(), greeting);
    assert.equal(await textOf(socket), 'hi\n');
  });

  test('input ends with byte 4, and megabytes come through both ways as they are', async () => {
    const sent = Buffer.from(Array.from({ length: 5 * 1024 * 1024 }, (_, at) => 5 + ((at * 7919) % 249)));
    const socket = come(await urlOf('cat'));
    const received = textChunks(socket);
    socket.write(sent);
    socket.write('\u0004');
    const all = await received;
    assert.equal(all.subarray(0, greeting.length).toString(), greeting);
    assert.equal(digest(all.subarray(greeting.length)), digest(sent));
  });

  const textChunks = async (socket: TLSSocket): Promise<Buffer> =>
    Buffer.concat(await Array.fromAsync(socket));
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

  test('a capability is good once, and a made up one for nothing', async () => {
    const url = await urlOf('echo once');
    assert.equal(await textOf(come(url)), `${greeting}once\n`);
    for (const used of [url, url.replace(/[^/]+$/, 'A'.repeat(32)), url.replace(/[^/]+$/, '')])
      assert.match(await textOf(come(used)), /^rendezvous\r\nCannot attach: .*\(ATTACH_UNKNOWN\)\r\n$/);
  });

  test('the own client attaches to the same run by its own protocol', async () => {
    const ran = await cli(run.home, ['run', '-a', 'hello', '--size', '1GB', '--', 'echo', 'own']);
    assert.deepEqual(ran, { status: 0, stdout: 'own\n', stderr: '' });
  });

  test('a client that closes its half, or is cut off, hangs the run up', async () => {
    const half = come(await urlOf('echo up; sleep 1000'));
    await once(half, 'data');
    half.resume().end();
    await once(half, 'close');
    await noneLeft();
    const cut = come(await urlOf('echo up; sleep 1000'));
    cut.write('\u0004');
    await once(cut, 'data');
    cut.destroy();
    await noneLeft();
  });

  test('the exit code is told to who asked for it, whatever ended the command', async () => {
    const marked = (command: string): string => `${command} ; echo "\uFFFF heroku-command-exit-status: $?"`;
    for (const [command, said] of [
      ['exit 7', '\uFFFF heroku-command-exit-status: 7\n'],
      ['echo hi', 'hi\n\uFFFF heroku-command-exit-status: 0\n'],
      ['kill -9 $$', '\uFFFF heroku-command-exit-status: 137\n'],
    ] as const)
      assert.equal(await textOf(come(await urlOf(marked(command)))), greeting + said, command);
    const { stdout } = await cli(run.home, ['logs', '-a', 'hello']);
    assert.match(stdout, /Starting process with command `exit 7` by user/);
  });

  test('over HTTPS the answer is at the address that was called', async () => {
    const { request } = await import('node:https');
    const { host, port } = new URL(run.apiUrl);
    const sent = request({
      host: '127.0.0.1',
      port,
      ca,
      method: 'POST',
      path: '/apps/hello/log-sessions',
      headers: { Authorization: `Bearer ${run.token}`, 'Content-Type': 'application/json' },
    }).end('{}');
    const [response] = await once(sent, 'response');
    const { logplex_url: url } = JSON.parse((await Array.fromAsync(response)).join(''));
    assert.ok(url.startsWith(`https://${host}/`), url);
  });
});
