import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuestion, sortOut } from './updates.ts';

const [none, one, two] = ['0', '1', '2'].map((digit) => digit.repeat(40)) as [string, string, string];

test('the question of a hook is parsed: updates, options, quarantine', () => {
  const environment = [
    'A=b=c\nd',
    'GIT_PUSH_OPTION_COUNT=2',
    'GIT_PUSH_OPTION_1=',
    'GIT_PUSH_OPTION_0=x=y z',
  ];
  const updates = `${none} ${one} refs/heads/main\n${one} ${none} refs/tags/v1\n`;
  assert.deepEqual(
    parseQuestion(`${[...environment, 'GIT_QUARANTINE_PATH=/q', ''].join('\0')}\0${updates}\0`),
    {
      updates: [
        { ref: 'refs/heads/main', before: null, after: one },
        { ref: 'refs/tags/v1', before: one, after: null },
      ],
      pushOptions: ['x=y z', ''],
      quarantine: '/q',
    },
  );
});

test('without options and objects there are none', () => {
  const { pushOptions, quarantine } = parseQuestion(`A=b\0\0${one} ${none} refs/heads/main\n\0`);
  assert.deepEqual([pushOptions, quarantine], [[], null]);
});

test('one branch that deploys is taken, all else has a reason', () => {
  const main = { ref: 'refs/heads/main', before: one, after: two };
  const others = ['refs/heads/x', 'refs/tags/main', 'refs/heads/main/x', 'refs/notes/master'];
  const { deploy, reasons } = sortOut([main, ...others.map((ref) => ({ ref, before: null, after: one }))]);
  assert.deepEqual(deploy, main);
  assert.deepEqual([...reasons.keys()], others);
});

test('what deploys is neither deleted nor two at once', () => {
  const deleted = sortOut([{ ref: 'refs/heads/main', before: one, after: null }]);
  assert.deepEqual([deleted.deploy, deleted.reasons.size], [null, 1]);
  const both = sortOut([
    { ref: 'refs/heads/main', before: null, after: one },
    { ref: 'refs/heads/master', before: one, after: null },
  ]);
  assert.deepEqual([both.deploy, both.reasons.size], [null, 2]);
});
