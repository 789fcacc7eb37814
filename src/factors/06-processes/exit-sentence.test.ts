import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentencesOf } from './exit-sentence.ts';

test('an end is told as a status, and what the platform did about it before', () => {
  assert.deepEqual(sentencesOf({ kind: 'code', code: 3 }), ['Process exited with status 3']);
  assert.deepEqual(sentencesOf({ kind: 'signal', signal: 15 }), ['Process exited with status 143']);
  assert.deepEqual(sentencesOf({ kind: 'memory', limit: 512 * 1024 ** 2 }), [
    'Error R15 (Memory quota vastly exceeded)',
    'Process ended: out of memory: over its quota of 512 MB',
    'Process exited with status 137',
  ]);
  assert.deepEqual(sentencesOf({ kind: 'disk', limit: 1024 ** 3 }), [
    'Process ended: out of disk: over its quota of 1024 MB of writable layer',
    'Process exited with status 137',
  ]);
  assert.deepEqual(sentencesOf({ kind: 'unknown', why: 'its monitor was killed' }), [
    'Process ended: exit unknown: its monitor was killed',
  ]);
});
