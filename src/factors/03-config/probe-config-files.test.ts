import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isConfigFile, type OpenedFile, readsNoConfigFiles } from './probe-config-files.ts';

test('files that hold config are known by their names', () => {
  for (const path of [
    '.env',
    '.env.production',
    'packages/api/.env.local',
    '.flaskenv',
    'config/production.json',
    'config/default.yaml',
    'dist/config/staging.js',
    'settings/production.py',
    'environments/dev.toml',
    'settings.production.json',
    'appsettings.Production.json',
    'application-prod.yml',
    'config.local.json',
    'features.local.yaml',
  ])
    assert.ok(isConfigFile(path), path);
});

test('code, samples and what packages bring are not', () => {
  for (const path of [
    'server.js',
    '.env.example',
    '.environment/bin/python',
    'config/routes.js',
    'config/environments/production.rb',
    'config/database.yml',
    'config.json',
    'src/test.js',
    'locale/default.json',
    'node_modules/config/production.json',
    'packages/a/node_modules/dotenv/.env',
    'public/environment.js',
  ])
    assert.ok(!isConfigFile(path), path);
});

const opened = (path: string, found: boolean, atMs = 5): OpenedFile => ({
  process: 'web.1',
  atMs,
  path,
  found,
});
const judge = (...files: OpenedFile[]) => readsNoConfigFiles.judge({ opened: files, count: 7 });

test('one that was read breaks it; one that was only looked for is told', () => {
  const read = judge(opened('config/production.json', true, 9), opened('.env', true), opened('.env', true));
  assert.equal(read.outcome, 'broken');
  assert.equal(read.because, 'It reads config from .env, config/production.json');
  assert.equal(read.evidence.length, 2, 'each file once, by time');
  const sought = judge(opened('.env', false), opened('server.js', true));
  assert.equal(sought.outcome, 'holds');
  assert.equal(sought.because, 'It looks for .env, which the build does not have');
  assert.equal(sought.evidence.length, 1);
  assert.equal(
    judge(opened('server.js', true)).because,
    'None of 7 files of the app that it opened is named as config',
  );
});
