/** Probes that read manifests, the tree and Git, against apps that break one of them each, and apps that break none. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Finding } from '../../src/factors/law.ts';
import { experiments as codebase } from '../../src/prover/experiments/01-codebase.ts';
import { experiments as manifest } from '../../src/prover/experiments/02-manifest.ts';
import { experiments as parity } from '../../src/prover/experiments/10-dev-prod-parity.ts';
import { experiments as declared } from '../../src/prover/experiments/12-declared.ts';
import type { Subject } from '../../src/prover/subject.ts';
import { goodExamples } from '../parts/example-apps.ts';
import { type GitState, subjectOf } from '../parts/subject.ts';

const examples = path.join(import.meta.dirname, '../../examples');
const experiments = [...codebase, ...manifest, ...parity, ...declared];

async function check(t: TestContext, subject: Subject): Promise<readonly Finding[]> {
  const source = experiments.filter((experiment) => experiment.kind === 'source');
  const findings = await Promise.all(source.map((experiment) => experiment.run(subject, t.signal)));
  return findings.flat();
}

const brokenIn = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ outcome }) => outcome === 'broken');

interface Expected {
  readonly probe: string;
  readonly git?: GitState;
}

const broken = [
  '01-not-tracked',
  '01-submodule',
  '01-needs-a-neighbour',
  '01-two-apps',
  '02-versions-not-locked',
  '02-stale-lockfile',
  '02-vendored-packages',
  '10-another-database',
  '10-another-version',
  '10-sqlite-beside-postgres',
  '10-another-server',
  '12-admin-code-left-out',
  '12-undeclared-migrations',
];

for (const name of broken)
  test(`broken/${name} breaks what it is there to break, and nothing else`, async (t) => {
    const folder = path.join(examples, 'broken', name);
    const expected = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as Expected;
    const findings = brokenIn(await check(t, subjectOf(t, folder, expected.git)));
    assert.deepEqual(
      findings.map(({ probe }) => probe),
      [expected.probe],
    );
    for (const { evidence, because } of findings) {
      assert.notEqual(evidence.length, 0);
      assert.match(because, /[^.]$/);
    }
  });

test('every probe here has an app that breaks it', () => {
  const expected = broken.map((name) => {
    const text = readFileSync(path.join(examples, 'broken', name, 'expected.json'), 'utf8');
    return (JSON.parse(text) as Expected).probe;
  });
  const probes = new Set(experiments.flatMap((experiment) => experiment.probes.map(({ id }) => id)));
  assert.deepEqual([...expected].sort(), [...probes].sort());
});

for (const { name } of goodExamples())
  test(`${name} breaks none of them, and leaves none unproven`, async (t) => {
    const findings = await check(t, subjectOf(t, path.join(examples, '..', name)));
    assert.deepEqual(
      findings
        .filter(({ outcome }) => outcome === 'broken' || outcome === 'unproven')
        .map(({ probe, because }) => `${probe}: ${because}`),
      [],
    );
  });
