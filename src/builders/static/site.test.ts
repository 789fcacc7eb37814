import assert from 'node:assert/strict';
import { test } from 'node:test';
import { write } from '../builder.contract.ts';
import { findSite, type Site } from './site.ts';

const plain: Omit<Site, 'root'> = { single: null, notFound: null, warnings: [] };

test('a site lies where its index.html is', (t) => {
  assert.deepEqual(findSite(write(t, { 'index.html': '', 'public/index.html': '' })), {
    root: '.',
    ...plain,
  });
  assert.deepEqual(findSite(write(t, { 'dist/index.html': '' })), { root: 'dist', ...plain });
  assert.equal(findSite(write(t, { 'other/index.html': '' })), null);
});

test('static.json says where, which page answers for all, and which for none', (t) => {
  const settings = { root: './www/', routes: { '/**': 'index.html' }, error_page: '/errors/404.html' };
  const app = write(t, { 'static.json': JSON.stringify(settings), 'www/index.html': '' });
  assert.deepEqual(findSite(app), {
    root: 'www',
    single: 'index.html',
    notFound: 'errors/404.html',
    warnings: [],
  });
});

test('settings that are not supported are named', (t) => {
  const settings = { root: 'www', clean_urls: true, https_only: true, headers: {} };
  const app = write(t, { 'static.json': JSON.stringify(settings), 'www/index.html': '' });
  assert.deepEqual(findSite(app)?.warnings, [
    {
      code: 'STATIC_SETTING_IGNORED',
      message: 'static.json: not supported and left out: https_only, headers',
    },
  ]);
});

for (const [settings, why] of [
  ['{', 'not JSON'],
  ['[]', 'expected an object'],
  ['{"root": 1}', 'root: expected a text, got 1'],
  ['{"root": "../x"}', 'root: "../x" is no folder of the app'],
  ['{"root": "/etc"}', 'root: "/etc" is no folder of the app'],
  ['{"root": "gone"}', 'root: "gone" is no folder of the app'],
  [
    '{"root": ".", "routes": {"/api": "x"}}',
    'routes: expected {"/**": "index.html"}, the one form that is supported',
  ],
  [
    '{"root": ".", "error_page": "a;reboot"}',
    'error_page: "a;reboot" is not a name of letters, digits, ".", "_", "-" and "/"',
  ],
] as const) {
  test(`static.json ${settings} is refused`, (t) => {
    assert.throws(() => findSite(write(t, { 'static.json': settings })), {
      code: 'STATIC_JSON_INVALID',
      message: `Cannot read static.json: ${why}`,
    });
  });
}
