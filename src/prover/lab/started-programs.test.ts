import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startedPrograms } from './started-programs.ts';
import type { Trace } from './trace.ts';

const begun = (program: string, ...argv: readonly string[]) =>
  ({ kind: 'exec', atMs: 1, pid: 7, program, argv }) as const;

const lab: Trace = [
  begun('/usr/bin/prlimit', 'prlimit', '--core=0', '--', 'setsid', '/bin/sh'),
  begun('/usr/bin/setsid', 'setsid', '/bin/sh'),
  begun('/bin/sh', '/bin/sh', '-c', 'eval "$1"', 'app', 'node server.js'),
];

test('what the lab starts a command by is no program of the app', () => {
  const node = begun('/opt/node/bin/node', 'node', 'server.js');
  const shell = begun('/bin/sh', '/bin/sh', '-c', 'git --version');
  const open = { kind: 'open', atMs: 2, pid: 7, path: '/app/x', writes: false, ok: true } as const;
  assert.deepEqual(startedPrograms([...lab, node, open, shell]), [node, shell]);
});

test('a command that is replaced by what it runs is one', () => {
  const node = begun('/opt/node/bin/node', 'node', 'server.js');
  assert.deepEqual(startedPrograms([...lab, node]), [node]);
  assert.deepEqual(startedPrograms(lab), []);
});
