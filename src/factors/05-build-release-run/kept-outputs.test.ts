import assert from 'node:assert/strict';
import { test } from 'node:test';
import { droppedOutputs, type OutputFacts, type StoredOutput } from './kept-outputs.ts';

const hour = 3_600_000;
const now = 100 * hour;

const facts: OutputFacts = {
  now,
  apps: [
    {
      keptBuilds: 2,
      builds: [
        { id: 'b5', slug: null, status: 'failed' },
        { id: 'b4', slug: 's4', status: 'succeeded' },
        { id: 'b3', slug: null, status: 'failed' },
        { id: 'b2', slug: 's2', status: 'succeeded' },
        { id: 'b1', slug: 's1', status: 'succeeded' },
        { id: 'b0', slug: null, status: 'running' },
      ],
      releases: ['a.3', 'a.2', 'a.1'],
    },
  ],
  keptSlugs: new Set(['s4', 's2']),
};

function dropped(kind: StoredOutput['kind'], ids: readonly string[], writtenAt = 0): string {
  const stored = ids.map((id) => ({ kind, id, writtenAt }));
  return droppedOutputs(stored, facts)
    .map(({ id }) => id)
    .join(' ');
}

test('the newest builds keep their output, and those that can be released again, or run', () => {
  assert.equal(
    dropped('build', ['b5', 'b4', 'b3', 'b2', 'b1', 'b0', 'of-another-app']),
    'b3 b1 of-another-app',
  );
});

test('the newest releases keep theirs', () => {
  assert.equal(dropped('release', ['a.3', 'a.2', 'a.1', 'gone.1']), 'a.1 gone.1');
});

test('the SBOM of a slug goes with it', () => {
  assert.equal(dropped('sbom', ['s4', 's2', 's1']), 's1');
});

test('what was written within the hour stays, whoever it is of', () => {
  assert.equal(dropped('sbom', ['unnamed'], now - hour), '');
  assert.equal(dropped('sbom', ['unnamed'], now - hour - 1), 'unnamed');
});
