/** What every provider of backing services must do. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openServiceBench, type ServiceBench } from '../../test/parts/service-bench.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import type { ServiceHost, ServiceProvider } from './provider.ts';

export interface ProviderHarness {
  readonly provider: ServiceProvider;
  /** What a person brings; absent when the provider makes the service itself. */
  readonly brought?: Secret;
  /** Resolves when the credential gives access, rejects when it does not. Absent for what Dozen cannot know. */
  readonly use?: (credential: Secret) => Promise<void>;
}

export function testProvider(name: string, { provider, brought, use }: ProviderHarness): void {
  describe(name, { timeout: 120_000 }, () => {
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

    test('destroy leaves nothing running', async () => {
      await provider.destroy(service, host);
      await bench.engine.destroy(service.id);
      assert.deepEqual(await bench.engine.processes(service.id), []);
    });
  });
}
