import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exit } from '../06-processes/process.ts';
import { remarkOn, statusOf } from './run-end.ts';

test('an end has the status that a shell would give it, and a remark where that is not all', () => {
  const ends: [Exit, number, string | null][] = [
    [{ kind: 'code', code: 0 }, 0, null],
    [{ kind: 'code', code: 3 }, 3, null],
    [{ kind: 'signal', signal: 9 }, 137, null],
    [{ kind: 'memory', limit: 512 * 1024 ** 2 }, 137, 'out of memory: over its quota of 512 MB'],
    [{ kind: 'disk', limit: 1024 ** 3 }, 137, 'out of disk: over its quota of 1024 MB of writable layer'],
    [{ kind: 'unknown', why: 'nobody saw it' }, 70, 'exit unknown: nobody saw it'],
    [{ kind: 'not-started', why: 'no mount' }, 70, 'not started: no mount'],
  ];
  for (const [exit, status, remark] of ends) {
    assert.equal(statusOf({ exit, timedOut: false }), status);
    assert.equal(remarkOn({ exit, timedOut: false }), remark);
  }
});

test('one whose time was over has the status of timeout, however it ended', () => {
  const end = { exit: { kind: 'code', code: 0 }, timedOut: true } as const;
  assert.equal(statusOf(end), 124);
  assert.equal(remarkOn(end), 'stopped: its time was over');
});
