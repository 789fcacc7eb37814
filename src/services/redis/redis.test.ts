import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { killRestores } from '../../../test/parts/kill-restores.ts';
import { lackingOf } from '../../../test/parts/programs.ts';
import { openServiceBench, type ServiceBench } from '../../../test/parts/service-bench.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import type { Service } from '../../factors/04-backing-services/service.ts';
import { writeBackup } from '../backup-file.ts';
import { byteReader } from '../byte-reader.ts';
import { backUp, testProvider } from '../provider.contract.ts';
import type { ServiceHost } from '../provider.ts';
import { readVersion } from './program.ts';
import { redisProvider } from './redis.ts';

type Ask = (...words: readonly string[]) => Promise<string | null>;

/** As an app's client would: a connection, its credential, some commands. */
async function withClient<T>(credential: Secret, work: (ask: Ask) => Promise<T>): Promise<T> {
  const { username, password, port } = new URL(credential.reveal());
  const socket = connect({ host: '127.0.0.1', port: Number(port) });
  const reader = byteReader(socket);
  const ask: Ask = async (...words) => {
    socket.write(
      `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
    );
    const line = (await reader.line(100_000)).toString().trimEnd();
    if (line === '') throw new Error('it ended the connection');
    if (line.startsWith('-')) throw new Error(line.slice(1));
    if (!line.startsWith('$')) return line.slice(1);
    const size = Number(line.slice(1));
    return size === -1 ? null : (await reader.take(size + 2)).toString().slice(0, -2);
  };
  try {
    await ask('AUTH', username, password);
    return await work(ask);
  } finally {
    socket.destroy();
  }
}

const lacking =
  lackingOf(['redis-server']) === null || lackingOf(['valkey-server']) === null
    ? null
    : 'needs redis-server or valkey-server';

if (lacking === null) {
  testProvider('the redis provider', {
    provider: redisProvider,
    use: (credential) => withClient(credential, async (ask) => void (await ask('PING'))),
    data: {
      keep: (credential, text) =>
        withClient(credential, async (ask) => void (await ask('SET', 'kept', text))),
      kept: (credential) => withClient(credential, (ask) => ask('GET', 'kept')),
    },
  });
}

describe('a Redis service', { timeout: 240_000, skip: lacking ?? false }, () => {
  let bench: ServiceBench;
  let service: Service;
  let host: ServiceHost;
  let credential: Secret;

  before(async () => {
    bench = await openServiceBench(mkdtempSync(path.join(tmpdir(), 'dozen-services-')), redisProvider);
    service = bench.service('sample');
    host = bench.host(service);
    await redisProvider.create(service, host);
    credential = await redisProvider.attach(service, host, 'app');
  });
  after(() => bench.close());

  test('a credential changes no server, no users and no other credential', () =>
    withClient(credential, async (ask) => {
      for (const words of [
        ['CONFIG', 'SET', 'dir', '/tmp'],
        ['ACL', 'SETUSER', 'intruder', 'on', 'nopass', '+@all'],
        ['SHUTDOWN', 'NOSAVE'],
        ['MONITOR'],
        ['REPLICAOF', '127.0.0.1', '1'],
      ])
        await assert.rejects(ask(...words), /^Error: NOPERM/, words.join(' '));
      for (const words of [
        ['INFO'],
        ['CLIENT', 'SETNAME', 'worker'],
        ['EVAL', 'return 1', '0'],
        ['PUBLISH', 'c', 'x'],
      ])
        await ask(...words);
    }));

  test('who says no password is refused', async () => {
    const { port } = new URL(credential.reveal());
    for (const nobody of [`redis://default:x@127.0.0.1:${port}`, `redis://dozen:x@127.0.0.1:${port}`])
      await assert.rejects(
        withClient(new Secret(nobody), async (ask) => void (await ask('PING'))),
        /WRONGPASS/,
      );
  });

  test('a connection that is open ends when its credential is detached', async () => {
    const other = await redisProvider.attach(service, host, 'other');
    await withClient(other, async (ask) => {
      await ask('SET', 'by', 'other');
      await redisProvider.detach(service, host, other);
      await assert.rejects(ask('GET', 'by'));
    });
    assert.equal(await withClient(credential, (ask) => ask('GET', 'by')), 'other');
  });

  test('stopped and started again it has its data and its credentials, and those that went are gone', async () => {
    const gone = await redisProvider.attach(service, host, 'gone');
    await redisProvider.detach(service, host, gone);
    await withClient(credential, (ask) => ask('SET', 'note', 'kept'));
    await bench.engine.halt(30_000);
    await host.start(redisProvider.processes(service, host.state ?? assert.fail()));
    await redisProvider.check(service, host);
    assert.equal(await withClient(credential, (ask) => ask('GET', 'note')), 'kept');
    await assert.rejects(
      withClient(gone, (ask) => ask('PING')),
      /WRONGPASS/,
    );
  });

  test('a killed server is started again by itself, with everything it acknowledged', async () => {
    const [killed] = await bench.engine.processes(service.id);
    assert.ok(killed?.pid);
    const changes = bench.engine.observe(AbortSignal.timeout(60_000));
    await withClient(credential, (ask) => ask('SET', 'last', 'acknowledged'));
    process.kill(killed.pid, 'SIGKILL');
    for await (const change of changes)
      if (
        change.kind === 'process' &&
        change.process.state === 'up' &&
        change.process.instance !== killed.instance
      )
        break;
    await redisProvider.check(service, host);
    assert.equal(await withClient(credential, (ask) => ask('GET', 'last')), 'acknowledged');
  });

  test('no password is in its command line or its variables', async () => {
    const [{ pid } = {}] = await bench.engine.processes(service.id);
    const { password } = new URL(credential.reveal());
    for (const file of ['cmdline', 'environ']) {
      const text = readFileSync(`/proc/${pid}/${file}`, 'latin1');
      assert.ok(text.length > 0);
      assert.doesNotMatch(
        text,
        new RegExp(`${password}|${JSON.parse(host.state?.reveal() ?? '').password}|#[0-9a-f]{64}`),
      );
    }
  });

  test('a backup made while it is written to holds the first so many, and all that were there when it began', async () => {
    let n = 0;
    let over = false;
    const { atStart, bytes } = await withClient(credential, async (ask) => {
      const writing = (async () => {
        while (!over) await ask('RPUSH', 'counted', String(n++));
      })();
      while (n < 100) await new Promise((resolve) => setImmediate(resolve));
      const first = n - 1;
      const made = await backUp(redisProvider, service, host);
      over = true;
      await writing;
      return { atStart: first, bytes: made.bytes };
    });
    await redisProvider.restore(service, host, Readable.from([bytes]));
    await withClient(credential, async (ask) => {
      const length = Number(await ask('LLEN', 'counted'));
      assert.ok(length >= atStart && length <= n, `${length} of ${atStart} to ${n}`);
      assert.equal(await ask('LINDEX', 'counted', '-1'), String(length - 1));
    });
  });

  test('data that no server reads leaves the service as it was', async () => {
    const into = new PassThrough();
    const head = { kind: 'redis', version: service.version ?? '', createdAt: 0 };
    const data = Readable.from([Buffer.from('REDIS9999 of a later server')]);
    const [bytes] = await Promise.all([buffer(into), writeBackup(head, { data, into, signal: host.signal })]);
    await withClient(credential, (ask) => ask('SET', 'note', 'untouched'));
    await assert.rejects(redisProvider.restore(service, host, Readable.from([bytes])));
    assert.equal(await withClient(credential, (ask) => ask('GET', 'note')), 'untouched');
  });

  test('a restore that is killed leaves all of the old data or all of the new', () =>
    killRestores(
      redisProvider,
      {
        keep: (one, text) =>
          withClient(one, async (ask) => {
            await ask('MULTI');
            for (let key = 0; key < 500; key += 1) await ask('SET', `key ${key}`, text);
            await ask('EXEC');
          }),
        kept: (one) =>
          withClient(one, async (ask) => {
            const texts = new Set<string>();
            for (let key = 0; key < 500; key += 1) texts.add((await ask('GET', `key ${key}`)) ?? 'none');
            return [...texts];
          }),
      },
      { kills: 8 },
    ));
});

test('a machine without the program is told what to install', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-programs-'));
  try {
    assert.throws(() => readVersion([folder]), { code: 'SERVICE_KIND_UNAVAILABLE' });
    const program = path.join(folder, 'redis-server');
    writeFileSync(program, '#!/bin/sh\necho "Redis server v=6.2.1 sha=0"\n');
    chmodSync(program, 0o755);
    assert.throws(() => readVersion([folder]), {
      message: `Cannot provide redis: ${program} is of version 6, and 7 is needed`,
    });
    writeFileSync(program, '#!/bin/sh\necho "Valkey server v=8.1.0 sha=0"\n');
    assert.equal(readVersion([folder]), '8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
