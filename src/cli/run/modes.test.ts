import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openModes } from './modes.ts';

test('modes that a program leaves on are switched off, and a hidden cursor is shown', () => {
  const modes = openModes();
  modes.see(Buffer.from('\x1b[?1049h\x1b[?25l\x1b[?1000;1006hhello\x1b[?7h'));
  assert.equal(modes.undo(), '\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1006l\x1b[0m\r\n');
});

test('a program that switches them off itself leaves nothing to undo, wherever its output is cut', () => {
  const modes = openModes();
  for (const piece of ['\x1b[?10', '49h', 'x\x1b', '[?25l', '\x1b[?1049l\x1b[?2', '5h'])
    modes.see(Buffer.from(piece));
  assert.equal(modes.undo(), '');
});
