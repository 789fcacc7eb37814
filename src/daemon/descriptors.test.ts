import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

const program = `
import { spawnSync } from 'node:child_process';
import { closeInherited } from ${JSON.stringify(path.join(import.meta.dirname, 'descriptors.ts'))};
const seen = () => spawnSync('/bin/sh', ['-c', 'ls /proc/$$/fd'], { encoding: 'utf8' }).stdout.trim().split('\\n');
const before = seen();
closeInherited();
console.log(JSON.stringify({ before, after: seen() }));
`;

test('a program started after closeInherited gets the standard three descriptors only', () => {
  // The shell leaves 17 open on purpose: above the few that Node closes by itself.
  const script = 'exec 9</etc/hosts; exec "$0" --input-type=module --eval "$1" 9<&9';
  const run = spawnSync('/bin/sh', ['-c', script, process.execPath, program], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  const { after } = JSON.parse(run.stdout) as { after: string[] };
  assert.deepEqual(after, ['0', '1', '2']);
});
