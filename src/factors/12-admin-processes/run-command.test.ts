import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { commandOf, parseRunCommand, programOf } from './run-command.ts';

test('one word is a line for the shell', () => {
  assert.equal(commandOf(['ls | wc -l']), 'ls | wc -l');
});

test('several words are a program and its arguments, quoted where the shell would touch them', () => {
  assert.equal(commandOf(['node', '-e', "console.log('a b')"]), `node -e 'console.log('\\''a b'\\'')'`);
  assert.equal(commandOf(['A=b', '', '*']), "'A=b' '' '*'");
});

test('a shell gives a program exactly the words that were typed', () => {
  const script = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
  const word = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const command = commandOf([process.execPath, '-e', script, '--', ...words]);
      const { stdout } = spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8' });
      assert.deepEqual(JSON.parse(stdout), words);
    }),
    { numRuns: 8 },
  );
});

test('a command that no shell could be given is refused', () => {
  const refused = (text: string, message: string): void =>
    assert.throws(() => parseRunCommand(text), { code: 'RUN_COMMAND_INVALID', message });
  refused(' \n', 'Cannot run this command: it is empty');
  refused('a\0b', 'Cannot run this command: it has a NUL character');
  refused('x'.repeat(40_000), 'Cannot run this command: it has over 32768 characters');
  assert.equal(parseRunCommand('echo a\necho b'), 'echo a\necho b');
});

test('the program of a command is its first word, and nothing where that is none', () => {
  for (const [command, program] of [
    ['rake db:migrate', 'rake'],
    [' ./bin/seed\n--all', './bin/seed'],
    ['env', 'env'],
    ['TOKEN=hunter2 node app.js', null],
    ['"$SHELL" -c ls', null],
    ['(ls)', null],
    ['node;ls', null],
  ] as const)
    assert.equal(programOf(command), program, command);
});
