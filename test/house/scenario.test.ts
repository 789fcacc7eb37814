import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { parseScenario } from '../../src/prover/scenario/parse.ts';
import { matchesPattern } from '../../src/prover/scenario/pattern.ts';

const root = path.join(import.meta.dirname, '../..');
const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const [shown = '', ...parts] = [...textOf('docs/check-scenario.md').matchAll(/```yaml\n(.+?)```/gs)].map(
  ([, text]) => text ?? '',
);
const guestbook = textOf('examples/guestbook/dozen.check.yaml');

test('the schema of the scenario that is published is the one that the code goes by', () => {
  const { status, stderr } = spawnSync(process.execPath, ['tools/scenario-schema.ts', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
});

test('the published schema takes the scenarios that Dozen takes, and refuses a key that is not known', () => {
  const ajv = new Ajv({ allowUnionTypes: true });
  ajv.addKeyword('patternErrorMessage');
  const fits = ajv.compile(JSON.parse(textOf('docs/dozen.check.schema.json')));
  for (const text of [shown, ...parts, guestbook]) assert.ok(fits(parse(text)), JSON.stringify(fits.errors));
  assert.ok(!fits({ reqests: {} }));
  assert.ok(!fits({ requests: { cheap: 'get /' } }));
});

test('what is shown of a scenario is one', () => {
  assert.ok(parts.length > 0);
  for (const text of parts) parseScenario(text, { where: 'docs/check-scenario.md' });
});

test('the scenario that is shown has every key, and each is in the table', () => {
  const scenario = parseScenario(shown, { where: 'docs/check-scenario.md' });
  assert.deepEqual([scenario.envFile, scenario.startMs, scenario.accept.length], ['.env.check', 30_000, 1]);
  const { properties } = JSON.parse(textOf('docs/dozen.check.schema.json'));
  const keys = Object.keys(properties).flatMap((key) =>
    key === 'requests'
      ? Object.keys(properties.requests.properties).map((name) => `requests.${name}`)
      : [key],
  );
  const table = [...textOf('docs/check-scenario.md').matchAll(/^\| `([\w.-]+)`/gm)].map(([, key]) => key);
  assert.deepEqual([...table].sort(), keys.sort());
  assert.deepEqual(Object.keys(parse(shown)), Object.keys(properties));
});

test("the guestbook's scenario tells its stamped entries and its finished jobs from others", () => {
  const { requests, jobs, config } = parseScenario(guestbook, { where: 'dozen.check.yaml' });
  const entry = (message: string, state: string) => ({
    id: 1,
    name: 'Dozen',
    message,
    createdAt: new Date(0),
    state,
    stamp: '/stamps/1.svg',
  });
  const answer = (...entries: readonly object[]): string => JSON.stringify({ entries });
  const done = (text: string): boolean => matchesPattern(jobs?.done.matches ?? '', 'k3j', text);
  assert.ok(done(answer(entry('other', 'pending'), entry('k3j', 'stamped'))));
  assert.ok(!done(answer(entry('k3j', 'pending'), entry('other', 'stamped'))));
  assert.ok(matchesPattern(requests.read?.matches ?? '', 'k3j', answer(entry('k3j', 'pending'))));
  const line = '{"time":"2026-01-01T00:00:00.000Z","level":"info","event":"job","outcome":"OUTCOME","ms":3}';
  assert.ok(matchesPattern(jobs?.doneLine ?? '', '', line.replace('OUTCOME', 'stamped')));
  assert.ok(!matchesPattern(jobs?.doneLine ?? '', '', line.replace('OUTCOME', 'returned')));
  const page = '<header><h1><a href="/">Proof k3j</a></h1></header>';
  assert.ok(matchesPattern(config[0]?.request.matches ?? '', 'k3j', page));
});
