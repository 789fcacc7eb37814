/** Whether an app misses a variable that it needs, and says so. */
import { broken, type Evidence, few, holds, notApplicable, type Probe, some, unproven } from '../law.ts';
import {
  event,
  idleness,
  inOrder,
  type RemovalFact,
  type RunWithout,
  source,
  type VariableFacts,
} from './probe-variable-facts.ts';

export const failsLoudly: Probe<VariableFacts> = {
  id: 'config/fails-loudly-without-a-required-variable',
  statement: 'Ends with an error that names the variable when a required one is missing',
  method: 'run',
  why: 'An app that goes on without its config serves the wrong thing, or fails later where nobody looks for the reason.',
  source,
  how: 'Each variable without a default is taken away in turn. A process must end with an error that names it.',
  blind:
    'A variable that only a release phase or a one-off needs looks as if it were ignored. Without a request that needs it, an app that fails late looks the same.',
  mend: 'Read all variables once at the start, and end with a line that names the one that is missing',
  fixes: {
    javascript:
      "const url = process.env.DATABASE_URL;\nif (!url) {\n  console.error('DATABASE_URL is not set');\n  process.exit(1);\n}",
    python:
      "import os, sys\n\nurl = os.environ.get('DATABASE_URL')\nif not url:\n    sys.exit('DATABASE_URL is not set')",
    ruby: "url = ENV.fetch('DATABASE_URL') { abort 'DATABASE_URL is not set' }",
  },
  judge: (facts) => {
    const idle = idleness(facts);
    if (idle !== null) return idle;
    const { removals } = facts;
    if (removals.length === 0) return notApplicable('It declares no variable without a default');
    const faulty = removals.filter((removal) => faultOf(removal) !== null);
    const evidence = inOrder(faulty.flatMap(runsOf));
    if (some(evidence)) return broken(faultsOf(faulty), evidence, mendOfFaults(faulty));
    const unclear = removals.filter(({ runs }) => isUnclear(runs)).map(({ variable }) => variable);
    if (unclear.length > 0)
      return unproven(
        `Without ${few(unclear)} a process that takes no requests goes on, and nothing shows whether it needs ${unclear.length === 1 ? 'it' : 'them'}`,
      );
    return holds(
      `Without ${few(removals.map(({ variable }) => variable))} a process says so and does not serve`,
      inOrder(removals.flatMap(runsOf)),
    );
  },
};

/** How a process of a type goes on without the variable, where that is wrong; null: nothing is wrong, or nothing is seen. */
function faultOf({ runs }: RemovalFact): string | null {
  const quiet = quietOf(runs);
  if (quiet !== undefined) {
    const starts = quiet.did === 'fails' ? 'starts, ' : '';
    const end = quiet.endedWell ? 'as if all was well' : 'and no line names the variable';
    return `${typeOf(quiet)} ${starts}${quiet.what}, ${end}`;
  }
  const serving = runs.find(({ did }) => did === 'serves');
  return serving === undefined || isNamed(runs) ? null : `${typeOf(serving)} ${serving.what}`;
}

const typeOf = ({ process }: RunWithout): string => process.replace(/\.\d+$/, '');

/** Said by one that did not go on serving: a warning is not an end. */
const isNamed = (runs: readonly RunWithout[]): boolean =>
  runs.some((run) => run.naming !== null && run.did !== 'serves');

/** Only processes that cannot be asked went on. */
const isUnclear = (runs: readonly RunWithout[]): boolean =>
  !isNamed(runs) && quietOf(runs) === undefined && runs.every(({ did }) => did !== 'serves');

/** What goes wrong in the same way is told once, of all variables. */
function faultsOf(faulty: readonly RemovalFact[]): string {
  const ways = new Map<string, string[]>();
  for (const removal of faulty) {
    const fault = faultOf(removal) ?? '';
    ways.set(fault, [...(ways.get(fault) ?? []), removal.variable]);
  }
  const told = [...ways].map(([fault, variables]) => `without ${few(variables)} ${fault}`).join('; ');
  return `W${told.slice(1)}`;
}

/** One that came to an end or to nothing, and did not say why. */
function quietOf(runs: readonly RunWithout[]): RunWithout | undefined {
  return runs.find(
    ({ did, naming, endedWell }) =>
      ['ended', 'waits', 'fails'].includes(did) && (naming === null || endedWell),
  );
}

/** Undefined: they say nothing, or fail in several ways, which is what the probe itself speaks of. */
function mendOfFaults(faulty: readonly RemovalFact[]): string | undefined {
  const kinds = new Set(faulty.map(({ runs }) => kindOf(runs)));
  if (kinds.size !== 1 || kinds.has('says nothing')) return undefined;
  const names = few(faulty.map(({ variable }) => variable));
  const line =
    faulty.length === 1 ? `a line that names ${names}` : `a line that names what is missing of ${names}`;
  return kinds.has('ends well')
    ? `End with ${line}, and with another code than 0`
    : `End at the start with ${line}; or, where the app does without, say in app.json "required": false`;
}

function kindOf(runs: readonly RunWithout[]): 'serves' | 'ends well' | 'says nothing' {
  const quiet = quietOf(runs);
  if (quiet === undefined) return 'serves';
  return quiet.endedWell ? 'ends well' : 'says nothing';
}

function runsOf({ variable, runs }: RemovalFact): readonly Evidence[] {
  return runs.map(({ process, atMs, what, naming, lastLine }) =>
    event(process, atMs, `without ${variable}: ${what}`, naming ?? lastLine),
  );
}
