import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { endpointOf } from '../../test/router/edge.ts';
import { type RawServer, rawServer } from '../../test/router/wire.ts';
import { Directory } from './directory.ts';
import { freshMs, Lease } from './lease.ts';
import { parseRequestHead, type RequestHead } from './request-head.ts';
import type { Upstream, UpstreamUser } from './upstream.ts';

const nobody: UpstreamUser = {
  upstreamConnected: () => undefined,
  upstreamBytes: () => undefined,
  upstreamDrained: () => undefined,
  upstreamEnded: () => undefined,
  upstreamClosed: () => undefined,
};

function leaseOf(directory: Directory, method: string, fields = ''): Lease {
  const head = parseRequestHead(`${method} / HTTP/1.1\r\nHost: app.localhost\r\n${fields}\r\n`);
  return new Lease(directory, nobody, head as RequestHead);
}

async function directoryWithKept(app: RawServer): Promise<Directory> {
  const directory = new Directory();
  const endpoints = [endpointOf(app.port, 0)];
  directory.apply({
    version: 1,
    routes: [{ host: 'app.localhost', appId: 'a', appName: 'a', endpoints }],
  });
  const lease = leaseOf(directory, 'GET');
  assert.equal(lease.acquire({ now: 0, fresh: false, otherwise: 'PROCESS_UNREACHABLE' }), 'connecting');
  await once(lease.upstream as Upstream, 'connect');
  lease.release(0, null);
  return directory;
}

test('a request that can be sent twice takes any kept connection, another only a fresh one', async () => {
  await using app = await rawServer();
  for (const [method, fields, now, expected] of [
    ['GET', '', freshMs + 1, 'ready'],
    ['HEAD', '', freshMs + 1, 'ready'],
    ['OPTIONS', '', freshMs + 1, 'ready'],
    ['GET', 'Content-Length: 1\r\n', freshMs + 1, 'connecting'],
    ['POST', '', freshMs + 1, 'connecting'],
    ['DELETE', '', freshMs + 1, 'connecting'],
    ['POST', '', freshMs, 'ready'],
  ] as const) {
    const directory = await directoryWithKept(app);
    const lease = leaseOf(directory, method, fields);
    assert.equal(lease.acquire({ now, fresh: false, otherwise: 'PROCESS_UNREACHABLE' }), expected, method);
    assert.equal(directory.busy('one'), 1);
    lease.drop();
    assert.equal(directory.busy('one'), 0);
    directory.close();
  }
});

test('only what a kept connection cannot have carried is sent again', async () => {
  await using app = await rawServer();
  for (const [method, fresh, wasReset, expected] of [
    ['GET', false, true, true],
    ['GET', false, false, false],
    ['GET', true, true, false],
    ['POST', false, true, false],
  ] as const) {
    const directory = await directoryWithKept(app);
    const lease = leaseOf(directory, method);
    lease.acquire({ now: 0, fresh, otherwise: 'PROCESS_UNREACHABLE' });
    if (lease.upstream !== null) lease.upstream.wasReset = wasReset;
    assert.equal(lease.mayBeSentAgain, expected, method);
    directory.close();
  }
});
