import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { localPeer } from './local-home.ts';

/** As a platform leaves it whose machine lost its power: who held it comes round as another process's pid. */
function homeHeldBy(context: TestContext, pid: number): string {
  const home = mkdtempSync(path.join(tmpdir(), 'dozen-home-'));
  context.after(() => rmSync(home, { recursive: true }));
  mkdirSync(path.join(home, 'run'));
  writeFileSync(path.join(home, 'run/token'), 'secret\n');
  writeFileSync(path.join(home, 'lock.json'), JSON.stringify({ pid }));
  return home;
}

test('a home whose holder is no platform has none, and none that comes back', (context) => {
  const home = homeHeldBy(context, process.pid);
  assert.equal(localPeer(home), null);
  writeFileSync(path.join(home, 'run/control.sock'), '');
  assert.equal(localPeer(home)?.comesBack?.(), false);
});

test('nor does one whose holder has ended', (context) => {
  assert.equal(localPeer(homeHeldBy(context, 4_194_305)), null);
});
