/** What every provider of backing services must do. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { openServiceBench, type ServiceBench } from '../../test/parts/service-bench.ts';
import { Secret } from '../factors/03-config/secret.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import { readBackup } from './backup-file.ts';
import type { BackupFacts, ServiceHost, ServiceProvider } from './provider.ts';

export interface ProviderHarness {
  readonly provider: ServiceProvider;
  /** What a person brings; absent when the provider makes the service itself. */
  readonly brought?: Secret;
  /** Resolves when the credential gives access, rejects when it does not. Absent for what Dozen cannot know. */
  readonly use?: (credential: Secret) => Promise<void>;
  /** Absent for a third party's. */
  readonly data?: {
    /** Puts `text` in place of what was kept last; resolves when the service has acknowledged it. */
    keep(credential: Secret, text: string): Promise<void>;
    /** Null before anything was kept. */
    kept(credential: Secret): Promise<string | null>;
  };
}

export function testProvider(name: string, { provider, brought, use, data }: ProviderHarness): void {
  describe(name, { timeout: 240_000 }, () => {
    let bench: ServiceBench;
    let service: Service;
    let host: ServiceHost;
    let credential: Secret;

    before(async () => {
      bench = await openServiceBench(mkdtempSync(path.join(tmpdir(), 'dozen-services-')), provider);
      service = bench.service('sample');
      host = bench.host(service, brought);
    });
    after(() => bench.close());

    test('create makes it run and answer', async () => {
      await provider.create(service, host);
      await provider.check(service, host);
      const running = (await bench.engine.processes(service.id)).map(({ state }) => state);
      assert.deepEqual(
        running,
        provider.processes(service, host.state ?? assert.fail()).map(() => 'up'),
      );
    });

    test('create again changes nothing', async () => {
      const before = await bench.engine.processes(service.id);
      await provider.create(service, host);
      const pids = (views: typeof before): unknown => views.map(({ pid }) => pid);
      assert.deepEqual(pids(await bench.engine.processes(service.id)), pids(before));
    });

    test('attach gives a credential that is a URL and works', async () => {
      credential = await provider.attach(service, host, 'app');
      assert.ok(URL.canParse(credential.reveal()));
      await use?.(credential);
    });

    test('the credential cannot print itself', () => {
      assert.doesNotMatch(`${credential} ${JSON.stringify({ credential })}`, /:\/\//);
    });

    test('a host that knows only what was saved can go on', async () => {
      const later = bench.host(service);
      await provider.check(service, later);
      await use?.(await provider.attach(service, later, 'other'));
    });

    test('detach takes the credential away, and no other', async () => {
      const other = await provider.attach(service, host, 'other');
      await provider.detach(service, host, credential);
      await provider.detach(service, host, credential);
      if (use === undefined) return;
      await assert.rejects(use(credential));
      await use(other);
    });

    test('detachOthers takes away what is not kept, and nothing else', async () => {
      const [kept, left] = [
        await provider.attach(service, host, 'kept'),
        await provider.attach(service, host, 'left'),
      ];
      await provider.detachOthers(service, host, [kept]);
      await provider.detachOthers(service, host, [kept]);
      if (use === undefined) return;
      await use(kept);
      await assert.rejects(use(left));
    });

    if (data === undefined) testNotManaged();
    else testData(data);

    function testNotManaged(): void {
      test('what only its operator can do is refused', async () => {
        const code = { code: 'SERVICE_NOT_MANAGED' };
        await assert.rejects(provider.rotate(service, host, credential), code);
        await assert.rejects(provider.backup(service, host, new PassThrough()), code);
        await assert.rejects(provider.restore(service, host, new PassThrough()), code);
      });
    }

    function testData({ keep, kept }: NonNullable<ProviderHarness['data']>): void {
      let backup: Buffer;

      test('rotate gives a credential beside the old one, which reads and changes what that made', async () => {
        const old = await provider.attach(service, host, 'app');
        await keep(old, 'made with the old one');
        credential = await provider.rotate(service, host, old);
        assert.notEqual(credential.reveal(), old.reveal());
        assert.equal(await kept(old), 'made with the old one');
        await keep(credential, 'changed with the new one');
        assert.equal(await kept(old), 'changed with the new one');
        await provider.detach(service, host, old);
        await assert.rejects(kept(old));
        assert.equal(await kept(credential), 'changed with the new one');
        await assert.rejects(provider.rotate(service, host, old), { code: 'SERVICE_CREDENTIAL_UNKNOWN' });
      });

      test('backup tells what it wrote', async () => {
        const { bytes, facts } = await backUp(provider, service, host);
        backup = bytes;
        assert.deepEqual(
          [facts.kind, facts.version, facts.size],
          [service.kind, service.version, bytes.length],
        );
        assert.match(bytes.toString('latin1').split('\n').at(-2) ?? '', new RegExp(facts.digest));
      });

      test('a backup holds no credential', async () => {
        let content = Buffer.alloc(0);
        const use = async (data: AsyncIterable<Buffer>): Promise<void> => {
          content = await buffer(data);
        };
        const expected = { kind: service.kind, version: service.version ?? '' };
        await readBackup(Readable.from([backup]), { expected, use, signal: host.signal });
        assert.ok(content.includes('changed with the new one'));
        assert.equal(content.includes(new URL(credential.reveal()).password), false);
        assert.equal(content.includes(JSON.parse(host.state?.reveal() ?? '').password), false);
      });

      test('restore brings back what was there, and the credentials work on', async () => {
        await keep(credential, 'later than the backup');
        await provider.restore(service, host, Readable.from([backup]));
        assert.equal(await kept(credential), 'changed with the new one');
        await keep(credential, 'after the restore');
        assert.equal(await kept(credential), 'after the restore');
      });

      test("restored into another service its own credentials work, and the first one's do not", async () => {
        const target = bench.service('target');
        const there = bench.host(target);
        await provider.create(target, there);
        const own = await provider.attach(target, there, 'app');
        await provider.restore(target, there, Readable.from([backup]));
        assert.equal(await kept(own), 'changed with the new one');
        await keep(own, 'in the other');
        assert.equal(await kept(credential), 'after the restore');
        await assert.rejects(kept(at(credential, new URL(own.reveal()).port)));
        await provider.rotate(target, there, own);
        await provider.destroy(target, there);
        await bench.engine.destroy(target.id);
      });

      test('a damaged or foreign file is refused, and nothing is touched', async () => {
        const pids = async (): Promise<unknown> =>
          (await bench.engine.processes(service.id)).map(({ pid }) => pid);
        const before = await pids();
        const middle = Math.floor(backup.length / 2);
        const flipped = Buffer.from(backup);
        flipped[middle] = (flipped[middle] ?? 0) ^ 1;
        const [head = ''] = backup.toString('latin1').split('\n', 1);
        const other = { ...JSON.parse(head), kind: 'other' };
        const files: readonly (readonly [string, Buffer])[] = [
          ['BACKUP_DAMAGED', Buffer.alloc(0)],
          ['BACKUP_DAMAGED', Buffer.from('PGDMP of another program')],
          ['BACKUP_DAMAGED', backup.subarray(0, middle)],
          ['BACKUP_DAMAGED', backup.subarray(0, -10)],
          ['BACKUP_DAMAGED', Buffer.concat([backup, Buffer.from('x')])],
          ['BACKUP_DAMAGED', flipped],
          [
            'BACKUP_KIND_OTHER',
            Buffer.concat([Buffer.from(JSON.stringify(other)), backup.subarray(head.length)]),
          ],
        ];
        for (const [code, bytes] of files)
          await assert.rejects(provider.restore(service, host, Readable.from([bytes])), { code });
        assert.deepEqual(await pids(), before);
        assert.equal(await kept(credential), 'after the restore');
      });

      test('a credential that is newer than the backup works after a restore', async () => {
        const later = await provider.attach(service, host, 'later');
        await provider.restore(service, host, Readable.from([backup]));
        assert.equal(await kept(later), 'changed with the new one');
      });
    }

    test('destroy leaves nothing running', async () => {
      await provider.destroy(service, host);
      await bench.engine.destroy(service.id);
      assert.deepEqual(await bench.engine.processes(service.id), []);
    });
  });
}

export async function backUp(
  provider: ServiceProvider,
  service: Service,
  host: ServiceHost,
): Promise<{ readonly bytes: Buffer; readonly facts: BackupFacts }> {
  const into = new PassThrough();
  const [bytes, facts] = await Promise.all([buffer(into), provider.backup(service, host, into)]);
  return { bytes, facts };
}

function at(credential: Secret, port: string): Secret {
  const url = new URL(credential.reveal());
  url.port = port;
  return new Secret(url.href);
}
