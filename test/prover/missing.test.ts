/** What a machine lacks is named, and never counted against the app. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { checkApp } from '../parts/checked-app.ts';
import { folder, repository } from '../parts/git-repository.ts';

const program = path.join(import.meta.dirname, '../fixtures/prover/check-folder.ts');

const app = {
  'package.json': '{ "name": "good", "private": true, "engines": { "node": ">=24" } }',
  Procfile: 'web: node server.js\n',
  'server.js':
    "require('node:http').createServer((request, response) => response.end('ok')).listen(process.env.PORT);\n",
};

/** The machine's programs but one, or with another in its place. */
function pathWithout(t: TestContext, name: string, instead?: string): string {
  const place = folder(t);
  for (const each of readdirSync('/usr/bin'))
    if (each !== name) symlinkSync(path.join('/usr/bin', each), path.join(place, each));
  if (instead !== undefined) {
    writeFileSync(path.join(place, name), instead);
    chmodSync(path.join(place, name), 0o755);
  }
  return place;
}

interface Found {
  readonly probe: string;
  readonly outcome: string;
  readonly because: string;
  readonly prove?: string;
}

function findings(
  t: TestContext,
  searchPath: string,
  files: Readonly<Record<string, string>> = {},
): readonly Found[] {
  const run = spawnSync(process.execPath, [program, repository(t, { ...app, ...files })], {
    encoding: 'utf8',
    env: { ...process.env, PATH: searchPath },
  });
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout);
}

describe('a service that no check can start', { timeout: 120_000 }, () => {
  const needy = {
    'app.json': '{ "addons": ["mongolab"] }',
    'server.js': `require('node:assert').equal(new URL(process.env.MONGOLAB_URL).port, '9');\n${app['server.js']}`,
  };
  const searchPath = process.env.PATH ?? '';

  test('is named, and the lines that are said to help do', (t) => {
    const [first] = findings(t, searchPath, needy);
    assert.equal(first?.outcome, 'unproven');
    assert.equal(
      first?.because,
      'The app declares a service of kind "mongolab", which the prover cannot start',
    );
    const helped = findings(t, searchPath, { ...needy, 'dozen.check.yaml': `${first?.prove}\n` });
    for (const { outcome, because } of helped) assert.equal(outcome, 'holds', because);
  });

  test('is not said to be used well, for nobody could see it', async (t) => {
    const scenario = { 'dozen.check.yaml': 'env: { MONGOLAB_URL: "tcp://127.0.0.1:9" }\n' };
    const report = await checkApp(repository(t, { ...app, ...needy, ...scenario }), {
      factors: ['backing-services', 'disposability'],
    });
    const said = new Map<string, Pick<Found, 'outcome' | 'because'>>(
      report.rows.flatMap(({ findings }) => findings).map(({ probe, ...found }) => [probe, found]),
    );
    for (const probe of [
      'backing-services/follows-its-locator',
      'backing-services/survives-loss-and-return',
      'disposability/closes-its-service-connections',
    ]) {
      assert.equal(said.get(probe)?.outcome, 'unproven', probe);
      assert.equal(
        said.get(probe)?.because,
        'The app is run without what MONGOLAB_URL names: the prover cannot start it',
      );
    }
  });
});

describe('a machine', { timeout: 120_000 }, () => {
  test('without bubblewrap proves nothing by running, and says how to install it', (t) => {
    const found = findings(t, pathWithout(t, 'bwrap'));
    assert.ok(found.length > 0);
    for (const { outcome, because, prove } of found) {
      assert.equal(outcome, 'unproven');
      assert.equal(because, 'bubblewrap is missing');
      assert.equal(prove, 'apt-get install bubblewrap');
    }
  });

  test('without strace proves what needs no system calls', (t) => {
    for (const { outcome } of findings(t, pathWithout(t, 'strace'))) assert.equal(outcome, 'holds');
  });

  test('that refuses namespaces proves nothing by running, and its words are passed on', (t) => {
    const refusal = '#!/bin/sh\necho "unshare: unshare failed: Operation not permitted" >&2\nexit 1\n';
    for (const { outcome, because } of findings(t, pathWithout(t, 'unshare', refusal))) {
      assert.equal(outcome, 'unproven');
      assert.equal(
        because,
        'Cannot run the app between walls: this system refuses namespaces (unshare: unshare failed: Operation not permitted)',
      );
    }
  });
});
