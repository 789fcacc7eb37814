import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { enter, innerArguments, outerCommand, type Sandbox } from './sandbox.ts';

const layer = {
  merged: '/layer/merged',
  temporary: '/layer/tmp',
  lasting: '/layer/lasting',
  shared: '/layer/shared',
  traceFolder: '/layer/trace',
  output: '/layer/output',
  written: () => [],
  bytes: () => 0,
  close: () => undefined,
};
const sandbox: Sandbox = {
  bwrap: '/usr/bin/bwrap',
  strace: null,
  user: { uid: 7, gid: 7 },
  layer,
  readOnly: false,
  runtimes: [],
  variables: { TOKEN: 'secret value', LD_PRELOAD: '/app/evil.so' },
  command: 'node server.js',
};

test('no variable of the app is on a command line: they are read from a pipe', () => {
  assert.doesNotMatch(outerCommand(sandbox).join(' '), /secret|LD_PRELOAD|TOKEN/);
  assert.match(innerArguments(sandbox), /--setenv\0TOKEN\0secret value\0/);
});

test('a variable that would end an argument is refused', () => {
  const variables = { A: 'x\0--bind\0/\0/' };
  assert.throws(() => innerArguments({ ...sandbox, variables }), /holds a NUL/);
});

test('what bubblewrap mounts itself is closed after everything has its place', () => {
  const words = innerArguments(sandbox).split('\0');
  assert.ok(words.lastIndexOf('--remount-ro') > words.lastIndexOf('--bind'));
});

test('the record of system calls is seen where they are recorded alone', () => {
  assert.doesNotMatch(innerArguments(sandbox), /trace/);
  assert.match(innerArguments({ ...sandbox, strace: '/usr/bin/strace' }), /\/layer\/trace\0\/run\/trace\0/);
});

test('what a stopped command leaves has the rest of its grace, and else none', () => {
  const left = "(trap 'sleep 0.2; echo finished; exit' TERM; kill -TERM 0; wait) & wait";
  assert.deepEqual(entered('trap "exit 5" TERM', left), { output: 'finished\n', code: 5 });
  assert.deepEqual(entered('(sleep 100; echo late) &', 'exit 3'), { output: '', code: 3 });
});

/** Enters a namespace of processes that ends with its first one, as that of bubblewrap does, and runs a script there. */
function entered(...script: readonly string[]): { output: string; code: number | null } {
  const namespace = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc'];
  const inside = ['setsid', '/bin/sh', '-c', enter, 'app', `sh -c "$SCRIPT"`];
  const { stdout, stderr, status } = spawnSync(
    'unshare',
    [...namespace, 'sh', '-c', '"$@"; exit $?', 'init', ...inside],
    {
      encoding: 'utf8',
      timeout: 20_000,
      env: { ...process.env, SCRIPT: script.join('\n') },
    },
  );
  assert.equal(stderr, '');
  return { output: stdout, code: status };
}
