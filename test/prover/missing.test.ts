/** What a machine lacks is named, and never counted against the app. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
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

function findings(t: TestContext, searchPath: string): readonly Found[] {
  const run = spawnSync(process.execPath, [program, repository(t, app)], {
    encoding: 'utf8',
    env: { ...process.env, PATH: searchPath },
  });
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout);
}

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
