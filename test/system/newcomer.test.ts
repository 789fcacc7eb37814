/** The README's first command, from a clone in an empty folder, with the machine's own Node and npm. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { makeHome, processesOf, removeHome } from '../parts/platform-run.ts';

const root = path.join(import.meta.dirname, '../..');
const limitMs = 240_000;

test('npm ci && npx dozen up examples/guestbook, from a fresh clone', { timeout: limitMs }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-newcomer-'));
  const home = makeHome();
  const clone = path.join(folder, 'dozen');
  const cloned = spawnSync('git', ['-c', 'safe.directory=*', 'clone', '--quiet', root, clone], {
    encoding: 'utf8',
  });
  assert.equal(cloned.status, 0, cloned.stderr);
  const env = {
    ...process.env,
    DOZEN_HOME: home,
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  };
  const installed = spawnSync('npm', ['ci'], { cwd: clone, env, encoding: 'utf8' });
  assert.equal(installed.status, 0, installed.stderr);
  const up = spawn('npx', ['dozen', 'up', 'examples/guestbook'], {
    cwd: clone,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let stopping = false;
  for await (const chunk of up.stdout) {
    said += String(chunk);
    if (!stopping && /^serving {3}http:\/\/guestbook\.localhost:\d+\/ /m.test(said)) {
      stopping = true;
      for (const line of processesOf('main.js up examples/guestbook'))
        process.kill(Number(line.split(' ')[0]), 'SIGINT');
    }
  }
  if (up.exitCode === null && up.signalCode === null) await once(up, 'exit');
  for (const stage of ['codebase', 'build', 'service', 'release', 'process', 'serving'])
    assert.match(said, new RegExp(`^${stage} `, 'm'));
  assert.match(said, /^Stopped$/m);
  assert.deepEqual(processesOf(home), []);
  rmSync(folder, { recursive: true, force: true });
  removeHome(home);
});
