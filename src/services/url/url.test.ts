import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../factors/03-config/secret.ts';
import { testProvider } from '../provider.contract.ts';
import type { ServiceHost } from '../provider.ts';
import { urlProvider } from './url.ts';

testProvider('the url provider', {
  provider: urlProvider,
  brought: new Secret('postgres://user:password@db.example.org:5432/name'),
});

test('what is no URL is refused, and never shown', async () => {
  const service = { id: 'x', name: 'mail', kind: 'url', version: null, createdAt: 0 };
  const host = { state: new Secret('hunter2 is the password') } as ServiceHost;
  await assert.rejects(urlProvider.create(service, host), (error: Error & { code: string }) => {
    assert.equal(error.code, 'SERVICE_URL_INVALID');
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
});
