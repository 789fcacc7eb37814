import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probes } from '../../factors/probes.ts';
import { probesNear } from './near-probes.ts';

const near = (word: string): readonly string[] =>
  probesNear(
    word,
    probes.map(({ id }) => id),
  );

test('a name that is nearly one is the first, and its factor comes behind it', () => {
  for (const [word, meant] of [
    ['logs/writes-no-logfile', 'logs/writes-no-log-files'],
    ['log/writes-no-log-files', 'logs/writes-no-log-files'],
    ['writes-no-log-files', 'logs/writes-no-log-files'],
    ['Disposability/ends-on-SIGTERM', 'disposability/ends-on-sigterm'],
    ['config/sessions', 'processes/keeps-sessions-between-instances'],
  ] as const) {
    const [first, ...others] = near(word);
    assert.equal(first, meant, word);
    const factor = meant.split('/', 1).join();
    assert.ok(others.length > 0 && others.every((id) => id.startsWith(`${factor}/`)), word);
  }
});

test('a factor, or nearly one, stands for its probes', () => {
  for (const word of ['logs', 'logs/never', 'log', 'lgos'])
    assert.ok(near(word).length === 6 && near(word).every((id) => id.startsWith('logs/')), word);
});

test('what is near to nothing is near to no probe', () => {
  for (const word of ['', 'zzzzzz', '/', 'x'.repeat(10_000)])
    assert.deepEqual(near(word), [], word.slice(0, 20));
});
