import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { readBuildSettings, readSourceLimits } from './settings.ts';

function file(t: TestContext, text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, 'file'), text);
  return path.join(folder, 'file');
}

test('a build gets nothing of an environment that says nothing of registries', () => {
  assert.deepEqual(
    readBuildSettings({ HOME: '/root', DATABASE_URL: 'x', npm_config_globalconfig: '/x', AWS_KEY: '' }),
    {
      env: {},
      shown: [],
      npmrc: null,
      memoryLimit: 2048 * 1024 * 1024,
      diskLimit: 8192 * 1024 * 1024,
      timeoutMs: 1_800_000,
    },
  );
});

test('registry, proxies and certificates are passed on, for Yarn under its own names too', (t) => {
  const ca = file(t, 'certificates');
  const { env, shown } = readBuildSettings({
    NPM_CONFIG_REGISTRY: 'https://registry.example/',
    HTTPS_PROXY: 'http://proxy:1',
    no_proxy: 'localhost',
    NODE_EXTRA_CA_CERTS: ca,
    SSL_CERT_FILE: ca,
  });
  assert.deepEqual(env, {
    npm_config_registry: 'https://registry.example/',
    HTTPS_PROXY: 'http://proxy:1',
    no_proxy: 'localhost',
    NODE_EXTRA_CA_CERTS: ca,
    SSL_CERT_FILE: ca,
    YARN_NPM_REGISTRY_SERVER: 'https://registry.example/',
    YARN_HTTPS_PROXY: 'http://proxy:1',
    YARN_HTTPS_CA_FILE_PATH: ca,
  });
  assert.deepEqual(shown, [ca]);
});

test('the lines for npmrc are read from the file named', (t) => {
  const lines = '//registry.example/:_authToken=x\n';
  assert.equal(readBuildSettings({ DOZEN_BUILD_NPMRC: file(t, lines) }).npmrc, lines);
});

test('limits can be set', () => {
  const { memoryLimit, diskLimit, timeoutMs } = readBuildSettings({
    DOZEN_BUILD_MEMORY_MB: '512',
    DOZEN_BUILD_DISK_MB: '100',
    DOZEN_BUILD_TIMEOUT_S: '60',
  });
  assert.deepEqual([memoryLimit, diskLimit, timeoutMs], [512 * 1024 * 1024, 100 * 1024 * 1024, 60_000]);
});

test('so can the size of a source', () => {
  const defaults = { bytes: 1024 ** 3, files: 200_000 };
  assert.deepEqual(readSourceLimits({}, defaults), defaults);
  assert.deepEqual(
    readSourceLimits({ DOZEN_SOURCE_LIMIT_MB: '2', DOZEN_SOURCE_LIMIT_FILES: '9' }, defaults),
    {
      bytes: 2 * 1024 * 1024,
      files: 9,
    },
  );
  assert.throws(() => readSourceLimits({ DOZEN_SOURCE_LIMIT_MB: 'much' }, defaults), {
    code: 'BUILD_SETTING_INVALID',
  });
});

for (const [variable, value, why] of [
  ['NODE_EXTRA_CA_CERTS', '/nonexistent/ca.pem', '"/nonexistent/ca.pem" cannot be read'],
  ['SSL_CERT_FILE', 'ca.pem', '"ca.pem" is not an absolute path'],
  ['DOZEN_BUILD_NPMRC', '/nonexistent/npmrc', '"/nonexistent/npmrc" cannot be read'],
  ['DOZEN_BUILD_MEMORY_MB', '1e3', 'DOZEN_BUILD_MEMORY_MB is "1e3", not a number from 1 to 9999999'],
  ['DOZEN_BUILD_TIMEOUT_S', '0', 'DOZEN_BUILD_TIMEOUT_S is "0", not a number from 1 to 9999999'],
] as const) {
  test(`${variable}=${value} is refused`, () => {
    assert.throws(() => readBuildSettings({ [variable]: value }), {
      code: 'BUILD_SETTING_INVALID',
      message: `Cannot read the settings for builds: ${why}`,
    });
  });
}
