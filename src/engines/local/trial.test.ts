import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { removeTree } from './run-folder.ts';

const opener = path.join(import.meta.dirname, '../../../test/parts/open-engine.ts');

suite('an engine tries its isolation before it is used', { timeout: 60_000 }, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'dozen-trial-'));
  });
  afterEach(() => removeTree(folder));

  /** What opening an engine gives in a user namespace of one user, entered by these words. */
  function open(enter: readonly string[]): Record<string, unknown> {
    const [program = '', ...words] = [...enter, process.execPath, opener, folder];
    const { stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
    assert.equal(stderr, '');
    return JSON.parse(stdout);
  }

  test('and leaves nothing of the trial', () => {
    assert.deepEqual(open(['/usr/bin/env']), { opened: true });
    assert.ok(!readdirSync(path.join(folder, 'engine')).includes('trial'));
  });

  test('and an ordinary user who may make no namespaces is told what the kernel said and what to change', () => {
    const noMore =
      'echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --inh-caps=-all --ambient-caps=-all -- "$@"';
    const { code, message, hint } = open([
      ...['unshare', '--user', '--map-user=1000', '--map-group=1000', '--keep-caps'],
      ...['/bin/sh', '-c', noMore, 'sh'],
    ]);
    assert.equal(code, 'ISOLATION_REFUSED');
    assert.match(String(message), /unshare failed: No space left on device/);
    assert.equal(hint, 'Type sudo sysctl user.max_user_namespaces=15000, or run Dozen as root');
  });

  test('and root of a container that has no other users is told so', () => {
    const { code, message, hint } = open(['unshare', '--user', '--map-root-user']);
    assert.equal(code, 'ISOLATION_REFUSED');
    assert.match(String(message), /setpriv|hostname/);
    assert.match(String(hint), /in a container/);
  });
});
