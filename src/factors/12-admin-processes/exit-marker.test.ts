import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitMarker, takeExitMarker } from './exit-marker.ts';

test('what the official command line appends to a command is taken off it', () => {
  const sent = 'npm test ; echo "\uFFFF heroku-command-exit-status: $?"';
  assert.deepEqual(takeExitMarker(sent), { command: 'npm test', marked: true });
});

test('a command without it stays as it is, whatever it echoes', () => {
  for (const command of ['npm test', 'echo "\uFFFF heroku-command-exit-status: $?"; true', ''])
    assert.deepEqual(takeExitMarker(command), { command, marked: false });
});

test('the mark is one line that ends with the exit code', () => {
  assert.equal(exitMarker(3), '\uFFFF heroku-command-exit-status: 3\n');
});
