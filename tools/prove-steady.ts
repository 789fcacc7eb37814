/**
 * Checks apps several times over and compares the findings: a probe that does not always say the same of the same app flickers.
 * Ends with 1 when one does, or calls broken what its app does not break.
 *
 *     node tools/prove-steady.ts [RUNS] [NAME…]
 */
import { checkApp, inParallel } from '../test/parts/checked-app.ts';
import {
  brokenExamples,
  codebaseOfExample,
  type ExampleApp,
  goodExamples,
} from '../test/parts/example-apps.ts';

const [count = '5', ...words] = process.argv.slice(2);
const runs = Number(count);
const apps = [...goodExamples(), ...brokenExamples()].filter(({ name, missing }) =>
  words.length === 0
    ? name === 'examples/guestbook'
    : missing.length === 0 && words.some((word) => name.includes(word)),
);

async function flickersOf(app: ExampleApp): Promise<number> {
  const codebase = codebaseOfExample(app);
  const seen = new Map<string, Map<string, string[]>>();
  try {
    for (let run = 0; run < runs; run += 1) {
      const report = await checkApp(codebase.folder);
      for (const { probe, outcome, because } of report.rows.flatMap(({ findings }) => findings)) {
        const outcomes = seen.get(probe) ?? new Map<string, string[]>();
        outcomes.set(outcome, [...(outcomes.get(outcome) ?? []), because]);
        seen.set(probe, outcomes);
      }
    }
  } finally {
    codebase.remove();
  }
  const flickers = [...seen].filter(([, outcomes]) => outcomes.size > 1);
  const broken = [...seen].filter(([, outcomes]) => outcomes.has('broken')).map(([probe]) => probe);
  const wrong = broken.filter((probe) => !app.broken.some((expected) => expected === probe));
  console.log(`${app.name}: ${seen.size} probes, ${runs} runs, ${flickers.length} flicker`);
  if (wrong.length > 0) console.log(`    broken, and should not be: ${wrong.join(', ')}`);
  for (const [probe, outcomes] of flickers)
    for (const [outcome, reasons] of outcomes)
      console.log(`    ${probe} ${outcome} ${reasons.length} times: ${reasons[0]}`);
  return flickers.length + wrong.length;
}

const flickers = await inParallel(apps, 1, flickersOf);
process.exit(flickers.every((each) => each === 0) ? 0 : 1);
