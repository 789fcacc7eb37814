/** Probes that read program code and its history, against apps that break one of them each, and one that breaks none. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Finding } from '../../src/factors/law.ts';
import { experiments as imports } from '../../src/prover/experiments/02-imports.ts';
import { experiments as config } from '../../src/prover/experiments/03-source.ts';
import { experiments as locators } from '../../src/prover/experiments/04-locators.ts';
import { emptyScenario } from '../../src/prover/scenario/scenario.ts';
import type { Subject } from '../../src/prover/subject.ts';
import { goodExamples } from '../parts/example-apps.ts';

const examples = path.join(import.meta.dirname, '../../examples');
const experiments = [...imports, ...config, ...locators];

/** A copy under Git. Where an example has a `history`, its files stand in the first commit, and not in the second. */
function subjectOf(t: TestContext, source: string, more: Readonly<Record<string, string>> = {}): Subject {
  const tree = mkdtempSync(path.join(tmpdir(), 'dozen-example-'));
  t.after(() => rmSync(tree, { recursive: true }));
  cpSync(source, tree, { recursive: true, filter: (file) => path.basename(file) !== 'node_modules' });
  const git = (...args: readonly string[]): string => {
    const identity = [
      '-c',
      'user.name=Ada',
      '-c',
      'user.email=ada@example.com',
      '-c',
      'commit.gpgsign=false',
    ];
    const run = spawnSync('git', [...identity, ...args], { cwd: tree, encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    return run.stdout.trim();
  };
  for (const [name, text] of Object.entries(more)) writeFileSync(path.join(tree, name), text);
  git('init', '--quiet', '--initial-branch=trunk');
  const before = path.join(tree, 'history');
  if (existsSync(before)) {
    git('add', '--all', 'history');
    git('commit', '--quiet', '--message=Before');
    rmSync(before, { recursive: true });
  }
  git('add', '--all');
  git('commit', '--quiet', '--message=All');
  const commit = { id: git('rev-parse', 'HEAD'), roots: [], shallow: false, prefix: '', warnings: [] };
  return { folder: tree, tree, commit, leavingLinks: [], scenario: emptyScenario, scenarioFile: null };
}

async function check(
  t: TestContext,
  name: string,
  more: Readonly<Record<string, string>> = {},
): Promise<readonly Finding[]> {
  const subject = subjectOf(t, path.join(examples, name), more);
  const source = experiments.filter((experiment) => experiment.kind === 'source');
  return (await Promise.all(source.map((experiment) => experiment.run(subject, t.signal)))).flat();
}

const broken = [
  '02-undeclared-import',
  '02-development-import',
  '03-credentials-in-code',
  '03-credentials-in-history',
  '03-secret-in-env-file',
  '03-branches-on-environment-names',
  '03-undeclared-variable',
  '04-locator-in-code',
  '04-locator-as-fallback',
];

const probeOf = (name: string): string => {
  const text = readFileSync(path.join(examples, 'broken', name, 'expected.json'), 'utf8');
  return (JSON.parse(text) as { readonly probe: string }).probe;
};

for (const name of broken)
  test(`broken/${name} breaks what it is there to break, and nothing else`, async (t) => {
    const findings = await check(t, `broken/${name}`);
    assert.deepEqual(
      findings
        .filter(({ outcome }) => outcome !== 'holds')
        .map(({ probe, outcome }) => `${outcome} ${probe}`),
      [`broken ${probeOf(name)}`],
    );
    assert.doesNotMatch(JSON.stringify(findings), /MC4CAQ/, 'a credential is never told');
  });

test('every probe here has an app that breaks it', () => {
  const probes = experiments.flatMap((experiment) => experiment.probes.map(({ id }) => id));
  assert.deepEqual(new Set(broken.map(probeOf)), new Set(probes));
});

for (const { name } of goodExamples().filter((app) => /guestbook|exemplary/.test(app.name)))
  test(`${name} breaks none of them, and leaves none unproven`, async (t) => {
    const findings = await check(t, path.relative('examples', name));
    assert.deepEqual(
      findings.filter(({ outcome }) => outcome !== 'holds'),
      [],
    );
  });

test('keywords in comments, documents and empty files change no finding', async (t) => {
  const words =
    "process.env.STUFFED; import a from 'stuffed'; NODE_ENV === 'production'; 'redis://cache.acme.net'";
  const stuffing = {
    'NOTES.md': words,
    'twelve-factor.txt': words,
    'dependencies.js': '',
    'config.ts': `// ${words}\n/* ${words} */\n`,
  };
  const plain = await check(t, 'broken/04-locator-in-code');
  const stuffed = await check(t, 'broken/04-locator-in-code', stuffing);
  assert.deepEqual(stuffed, plain);
});
