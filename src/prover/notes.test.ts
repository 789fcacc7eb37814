import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notesOf } from './notes.ts';
import { emptyScenario } from './scenario/scenario.ts';
import type { Subject } from './subject.ts';

const subject: Subject = {
  folder: '/srv/shop',
  tree: '/var/work/tree',
  commit: null,
  leavingLinks: [],
  scenario: emptyScenario,
  scenarioFile: null,
};

const changed = (names: readonly string[], change: Partial<Subject> = {}): readonly string[] => {
  const warning = {
    code: 'UNCOMMITTED_CHANGES',
    message: 'Uncommitted changes are not deployed',
    names: names.map((name) => JSON.stringify(name)),
  } as const;
  const commit = { id: '1a2b3c', roots: [], shallow: false, prefix: '', warnings: [warning] };
  return notesOf({ ...subject, commit, ...change }, '2026-11-27');
};

const unused =
  'dozen.check.yaml as it lies there is not used: commit it, or give it with --scenario dozen.check.yaml';

test('a scenario that is not committed is told once', () => {
  assert.deepEqual(changed(['dozen.check.yaml']), [unused]);
  assert.deepEqual(changed(['dozen.check.yaml'], { scenarioFile: 'dozen.check.yaml' }), [unused]);
  assert.deepEqual(changed(['app.json', 'dozen.check.yaml']), [
    unused,
    'Uncommitted changes are not checked: "app.json"',
  ]);
});

test('a scenario that was given by name is used, and nothing is said of the other', () => {
  assert.deepEqual(changed(['dozen.check.yaml'], { scenarioFile: '/srv/shop/dozen.check.yaml' }), []);
});

test('of many changes five are named', () => {
  assert.deepEqual(changed(['a', 'b', 'c', 'd', 'e', 'f', 'g']), [
    'Uncommitted changes are not checked: "a", "b", "c", "d", "e" and 2 more',
  ]);
});

test('what Git could not tell is said', () => {
  const warning = {
    code: 'CHANGES_UNKNOWN',
    message: 'Whether all is committed is not known',
    names: [],
  } as const;
  const commit = { id: '1a2b3c', roots: [], shallow: false, prefix: '', warnings: [warning] };
  assert.deepEqual(notesOf({ ...subject, commit }, '2026-11-27'), [warning.message]);
});

test('an acceptance is told when its last day is over', () => {
  const accept = ['2026-11-26', '2026-11-27'].map((until, at) => ({
    probe: `logs/probe-${at}` as const,
    reason: 'It is known',
    until,
  }));
  assert.deepEqual(notesOf({ ...subject, scenario: { ...emptyScenario, accept } }, '2026-11-27'), [
    'logs/probe-0 was accepted until 2026-11-26, and is not any more',
  ]);
});
