import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routeHost } from './host.ts';

const hosts: readonly (readonly [string, string | null])[] = [
  ['app.localhost', 'app.localhost'],
  ['APP.Localhost', 'app.localhost'],
  ['app.localhost:8080', 'app.localhost'],
  ['app.localhost:', 'app.localhost'],
  ['app.localhost.', 'app.localhost'],
  ['app.localhost.:80', 'app.localhost'],
  ['192.0.2.1:80', '192.0.2.1'],
  ['[2001:DB8::1]:80', '[2001:db8::1]'],
  ['[::1]', '[::1]'],
  ['', ''],
  ['.', '.'],
  ['a b', null],
  ['a@b', null],
  ['a/b', null],
  ['a\\b', null],
  ['a?b', null],
  ['a:b', null],
  ['a:80:80', null],
  ['a:-1', null],
  ['a:123456', null],
  ['[::1', null],
  ['[::1]x', null],
  ['[x]', null],
  ['::1', null],
  ['caf\xe9', null],
];

for (const [authority, host] of hosts) {
  test(`the host of ${JSON.stringify(authority)} is ${JSON.stringify(host)}`, () => {
    assert.equal(routeHost(authority), host);
  });
}
