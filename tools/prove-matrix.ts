/**
 * Checks every example with every probe and writes, for each probe, how often it was right into docs/prover.md. Ends with 1 when
 * a probe missed what it is there for, or called something broken that is not. Arguments select apps by name.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Finding, ProbeId } from '../src/factors/law.ts';
import { experiments } from '../src/prover/experiments.ts';
import { checkApp, inParallel } from '../test/parts/checked-app.ts';
import {
  brokenExamples,
  codebaseOfExample,
  type ExampleApp,
  goodExamples,
} from '../test/parts/example-apps.ts';
import { markdownTable } from './markdown-table.ts';

const root = path.join(import.meta.dirname, '..');
const words = process.argv.slice(2);
const apps = [...goodExamples(), ...brokenExamples()].filter(
  ({ name, missing }) =>
    missing.length === 0 && (words.length === 0 || words.some((word) => name.includes(word))),
);

interface Checked {
  readonly app: ExampleApp;
  readonly findings: readonly Finding[];
}

async function checkOne(app: ExampleApp): Promise<Checked> {
  const codebase = codebaseOfExample(app);
  try {
    const started = performance.now();
    const report = await checkApp(codebase.folder);
    const findings = report.rows.flatMap((row) => row.findings);
    const broken = findings.filter(({ outcome }) => outcome === 'broken').map(({ probe }) => probe);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const right = broken.toSorted().join() === app.broken.join();
    console.log(`${right ? 'as expected' : 'DIFFERENT  '}  ${app.name} (${seconds} s)`);
    for (const probe of app.broken.filter((each) => !broken.includes(each))) {
      const finding = findings.find((each) => each.probe === probe);
      console.log(`    missed ${probe}: ${finding?.outcome ?? 'not made'}: ${finding?.because ?? ''}`);
    }
    for (const finding of findings.filter(
      ({ outcome, probe }) => outcome === 'broken' && !app.broken.includes(probe),
    ))
      console.log(`    broken ${finding.probe}: ${finding.because}`);
    return { app, findings };
  } finally {
    codebase.remove();
  }
}

interface Counts {
  readonly caught: number;
  readonly missed: number;
  readonly falseAlarms: number;
  readonly passed: number;
  readonly unproven: number;
  readonly notApplicable: number;
}

function countsOf(probe: ProbeId, checked: readonly Checked[]): Counts {
  const pairs = checked.map(({ app, findings }) => ({
    outcome: findings.find((finding) => finding.probe === probe)?.outcome ?? 'unproven',
    shouldBreak: app.broken.includes(probe),
  }));
  const count = (test: (pair: (typeof pairs)[number]) => boolean): number => pairs.filter(test).length;
  return {
    caught: count(({ outcome, shouldBreak }) => shouldBreak && outcome === 'broken'),
    missed: count(({ outcome, shouldBreak }) => shouldBreak && outcome !== 'broken'),
    falseAlarms: count(({ outcome, shouldBreak }) => !shouldBreak && outcome === 'broken'),
    passed: count(({ outcome, shouldBreak }) => !shouldBreak && outcome === 'holds'),
    unproven: count(({ outcome, shouldBreak }) => !shouldBreak && outcome === 'unproven'),
    notApplicable: count(({ outcome, shouldBreak }) => !shouldBreak && outcome === 'not-applicable'),
  };
}

const checked = await inParallel(apps, 2, checkOne);
const probes = [...new Set(experiments.flatMap((experiment) => experiment.probes.map(({ id }) => id)))];
const counted = probes.map((probe) => ({ probe, ...countsOf(probe, checked) }));
const wrong = counted.filter(({ missed, falseAlarms }) => missed + falseAlarms > 0);
const unshown = words.length > 0 ? [] : counted.filter(({ caught, missed }) => caught + missed === 0);
console.log(`${apps.length} apps, ${probes.length} probes: ${wrong.length} probes with an error`);
for (const { probe } of unshown) console.log(`no example breaks ${probe}`);
if (words.length === 0) writeTable();
process.exit(wrong.length + unshown.length === 0 ? 0 : 1);

function writeTable(): void {
  const head = ['probe', 'caught', 'missed', 'false alarms', 'holds', 'unproven', 'not applicable'];
  const rows = counted.map((each) => [
    `\`${each.probe}\``,
    ...[each.caught, each.missed, each.falseAlarms, each.passed, each.unproven, each.notApplicable].map(
      String,
    ),
  ]);
  const table = markdownTable([head, ...rows], { right: [1, 2, 3, 4, 5, 6] });
  const file = path.join(root, 'docs/prover.md');
  const text = readFileSync(file, 'utf8');
  const section = /(### By probe\n).*?(?=\n#|$)/s;
  writeFileSync(
    file,
    text.replace(section, (_all, heading: string) => `${heading}\n${table}\n`),
  );
}
