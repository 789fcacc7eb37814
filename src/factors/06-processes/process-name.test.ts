import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareProcessNames, formatProcessName, parseProcessName } from './process-name.ts';

test('a process name is a type and a number from 1 on', () => {
  assert.deepEqual(parseProcessName('web.1'), { type: 'web', index: 1 });
  assert.deepEqual(parseProcessName('my-worker_2.10'), { type: 'my-worker_2', index: 10 });
});

test('a text that is no process name is refused', () => {
  for (const text of [
    '',
    'web',
    'web.',
    '.1',
    'web.0',
    'web.01',
    'web.-1',
    'web.1.2',
    'we b.1',
    'web.100000',
    'web.1\n',
  ]) {
    assert.throws(() => parseProcessName(text), {
      code: 'PROCESS_NAME_INVALID',
      message: `Cannot find the process ${JSON.stringify(text)}: not a process name`,
      hint: 'Write a process type, a dot and a number from 1 to 99999, for example web.1',
    });
  }
});

test('what is formatted is parsed as the same name', () => {
  const name = fc
    .tuple(fc.stringMatching(/^[A-Za-z0-9_-]{1,63}$/), fc.integer({ min: 1, max: 99_999 }))
    .map(([type, index]) => ({ type, index }));
  fc.assert(
    fc.property(name, (given) => assert.deepEqual(parseProcessName(formatProcessName(given)), given)),
  );
});

test('processes are ordered by type, then by number', () => {
  const names = ['web.10', 'worker.1', 'web.2', 'Web.1'].map(parseProcessName);
  assert.deepEqual(names.sort(compareProcessNames).map(formatProcessName), [
    'Web.1',
    'web.2',
    'web.10',
    'worker.1',
  ]);
});
