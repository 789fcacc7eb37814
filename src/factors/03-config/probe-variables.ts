/** Whether an app's variables are all that it needs, are missed when they are missing, and are followed when they change. */
import {
  broken,
  type Evidence,
  holds,
  type Judgement,
  notApplicable,
  type Probe,
  some,
  unproven,
} from '../law.ts';

/** One deploy with exactly the declared variables, and processes of it with one variable taken away or changed. */
export interface VariableFacts {
  /** Names of what it was given. */
  readonly given: readonly string[];
  /** Why the release phase failed; null when it did not, or there is none. */
  readonly releaseFailure: FailedStart | null;
  /** Every process type once; empty when the release phase failed. */
  readonly starts: readonly StartFact[];
  /** Variables that nothing has a default for, each taken away. */
  readonly removals: readonly RemovalFact[];
  /** Variables that the app itself declares and somebody chooses: no services, no generated secrets. */
  readonly own: readonly string[];
  /** The changes that the scenario knows of. */
  readonly changes: readonly ChangeFact[];
}

export interface FailedStart {
  readonly process: string;
  readonly atMs: number;
  readonly why: string;
  /** What it printed last, oldest first, without secrets. */
  readonly lastLines: readonly string[];
}

export interface StartFact {
  readonly process: string;
  readonly atMs: number;
  readonly failure: FailedStart | null;
}

export interface RemovalFact {
  readonly variable: string;
  /** One for each process type. */
  readonly runs: readonly RunWithout[];
}

/** What a process did without the variable. */
export interface RunWithout {
  readonly process: string;
  readonly atMs: number;
  /**
   * `ended`: by itself; `waits`: never became ready; `serves`: answers as if nothing was missing; `fails`: became ready, and requests
   * fail; `lives`: has no requests to ask, and goes on.
   */
  readonly did: 'ended' | 'waits' | 'serves' | 'fails' | 'lives';
  /** The same in words: `ended with code 1`, `answered GET / with 500`. */
  readonly what: string;
  /** Whether an ending says that all was well. */
  readonly endedWell: boolean;
  /** The first line of its output that names the variable. */
  readonly naming: string | null;
  readonly lastLine: string | null;
}

export interface ChangeFact {
  readonly variable: string;
  readonly request: string;
  /** What shows the value: the answer, or a line that is logged. */
  readonly shownBy: 'answer' | 'line';
  readonly withValue: AnswerFact;
  readonly without: AnswerFact;
}

export interface AnswerFact {
  readonly process: string;
  readonly atMs: number;
  /** Whether it was sent: not where its visitor cannot sign in. */
  readonly sent: boolean;
  /** `200`, or what went wrong. */
  readonly answer: string;
  readonly answered: boolean;
  readonly matches: boolean;
}

const source = 'https://12factor.net/config';

export const startsWithDeclared: Probe<VariableFacts> = {
  id: 'config/starts-with-the-declared-variables',
  statement: 'Starts with the variables that it declares, and no others',
  method: 'run',
  why: 'A variable that nothing declares is found missing in production, by whoever deploys the app the first time.',
  source,
  how: 'The release phase and every process type run with what app.json, its services and the scenario name, and PORT.',
  blind: 'A variable that is read at a later request, or in a branch that was not taken, is not missed here.',
  mend: 'Declare in app.json every variable that the app reads, with a value where one serves everywhere',
  fixes: {
    javascript:
      '// app.json\n"env": { "MAIL_URL": { "description": "Where mail is handed in", "required": true } }',
    python:
      '# app.json\n"env": { "MAIL_URL": { "description": "Where mail is handed in", "required": true } }',
    ruby: '# app.json\n"env": { "MAIL_URL": { "description": "Where mail is handed in", "required": true } }',
  },
  judge: ({ given, releaseFailure, starts }) => {
    const failures = [releaseFailure, ...starts.map(({ failure }) => failure)].filter(
      (each) => each !== null,
    );
    if (some(failures)) {
      const [first, ...more] = failures;
      return broken(
        `With the ${count(given.length, 'declared variable')} ${first.process} does not come through: ${first.why}`,
        [failureEvent(first), ...more.map(failureEvent)],
        [first.why, ...first.lastLines].some(missesVariable)
          ? undefined
          : `Mend what ends ${first.process}: its last lines tell; if it misses a variable, declare that in app.json`,
      );
    }
    if (starts.length === 0) return notApplicable('The app has no process types');
    return holds(
      `${count(starts.length, 'process type')} started with ${count(given.length, 'variable')} and no others: ${given.join(', ')}`,
      starts.map(({ process, atMs }) => event(process, atMs, 'was ready')),
    );
  },
};

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
    const judged = removals.map((removal) => ({ removal, fault: faultOf(removal) }));
    const faults = judged.flatMap(({ removal, fault }) =>
      fault === null || fault === 'unclear' ? [] : [{ removal, fault }],
    );
    const [worst] = faults;
    if (worst !== undefined) {
      const evidence = inOrder(faults.flatMap(({ removal }) => runsOf(removal)));
      if (some(evidence)) return broken(worst.fault, evidence, mendOfFault(worst.removal));
    }
    const unclear = judged.filter(({ fault }) => fault === 'unclear').map(({ removal }) => removal.variable);
    if (unclear.length > 0)
      return unproven(
        `Processes without requests went on without ${unclear.join(', ')}: whether they need it cannot be seen`,
      );
    return holds(
      `Without ${removals.map(({ variable }) => variable).join(', ')} a process says so and does not serve`,
      inOrder(removals.flatMap(runsOf)),
    );
  },
};

export const followsVariables: Probe<VariableFacts> = {
  id: 'config/follows-its-variables',
  statement: 'Behaves as its variables say',
  method: 'run',
  why: 'Config that is read when the app is built, or not at all, cannot differ between deploys of one build.',
  source,
  how: 'For each change that the scenario knows, one process has the value and one has not: only the first may answer, or log, what it brings.',
  blind: 'Variables that the scenario does not name are not tried.',
  mend: 'Use the value of the variable, and read it when the process starts, not when it is built',
  fixes: {
    javascript: "const title = process.env.TITLE ?? 'Shop';\napp.get('/', (c) => c.html(page(title)));",
    python: "title = os.environ.get('TITLE', 'Shop')",
    ruby: "title = ENV.fetch('TITLE', 'Shop')",
  },
  judge: (facts) => {
    const { own, changes } = facts;
    if (changes.length === 0 && own.length === 0)
      return notApplicable('It declares no variable whose value somebody chooses');
    const idle = idleness(facts);
    if (idle !== null) return idle;
    if (changes.length === 0) {
      return unproven(
        `The scenario does not say what ${own.slice(0, 5).join(', ')} ${own.length === 1 ? 'changes' : 'change'}`,
        changeLines(own),
      );
    }
    const refused = changes.find(({ withValue }) => !withValue.sent || isRefused(withValue));
    if (refused !== undefined) return refusal(refused);
    const deaf = changes.filter(({ withValue }) => !withValue.matches);
    const [first] = deaf;
    if (first !== undefined) {
      const evidence = inOrder(deaf.flatMap(answersOf));
      if (some(evidence))
        return broken(`${first.request} ${sameOf(first)} whatever ${first.variable} is`, evidence);
    }
    const vague = changes.find(({ without }) => without.matches || !without.answered);
    if (vague !== undefined) return vagueness(vague);
    return holds(
      `What it says follows ${changes.map(({ variable }) => variable).join(', ')}`,
      inOrder(changes.flatMap(answersOf)),
    );
  },
};

export const probes = [startsWithDeclared, failsLoudly, followsVariables];

/** Null when every type starts: only then does a difference tell something. */
function idleness({ releaseFailure, starts }: VariableFacts): Judgement | null {
  const failure = releaseFailure ?? starts.find((each) => each.failure !== null)?.failure ?? null;
  return failure === null
    ? null
    : unproven(`${failure.process} does not come through with all variables: ${failure.why}`);
}

/** What is wrong in a sentence; null: nothing; `unclear`: only processes that cannot be asked. */
function faultOf({ variable, runs }: RemovalFact): string | 'unclear' | null {
  const quiet = quietOf(runs);
  if (quiet !== undefined) {
    if (quiet.endedWell) return `Without ${variable} ${quiet.process} ${quiet.what}, as if all was well`;
    const degrades = quiet.did === 'fails' ? 'degrades silently: it ' : '';
    return `Without ${variable} ${quiet.process} ${degrades}${quiet.what}, and no line names the variable`;
  }
  if (runs.some((run) => run.naming !== null && run.did !== 'serves')) return null;
  const serving = runs.find(({ did }) => did === 'serves');
  return serving === undefined
    ? 'unclear'
    : `${variable} is required and ignored: without it ${serving.process} ${serving.what}`;
}

/** One that came to an end or to nothing, and did not say why. */
function quietOf(runs: readonly RunWithout[]): RunWithout | undefined {
  return runs.find(
    ({ did, naming, endedWell }) =>
      ['ended', 'waits', 'fails'].includes(did) && (naming === null || endedWell),
  );
}

/** Undefined: it says nothing, which is what the probe itself speaks of. */
function mendOfFault({ variable, runs }: RemovalFact): string | undefined {
  const quiet = quietOf(runs);
  if (quiet !== undefined)
    return quiet.endedWell
      ? `End with a line that names ${variable}, and with another code than 0`
      : undefined;
  return `End at the start with a line that names ${variable}; or, if the app does without it, say in app.json "required": false`;
}

function missesVariable(line: string): boolean {
  return (
    /\b[A-Z][A-Z0-9_]*\b/.test(line) &&
    /\b(?:not set|not defined|undefined|unset|missing|required|must be|KeyError|key not found)\b/i.test(line)
  );
}

function runsOf({ variable, runs }: RemovalFact): readonly Evidence[] {
  return runs.map(({ process, atMs, what, naming, lastLine }) =>
    event(process, atMs, `without ${variable}: ${what}`, naming ?? lastLine),
  );
}

function isRefused({ matches, answer }: AnswerFact): boolean {
  return !matches && /^4/.test(answer);
}

/** A request that the app refuses, or that its visitor cannot send, shows nothing of a value. */
function refusal({ variable, request, withValue }: ChangeFact): Judgement {
  const came = withValue.sent ? 'is answered with' : 'was not sent:';
  return unproven(
    `${request} ${came} ${withValue.answer}, which shows nothing of ${variable}`,
    `config:\n  - variable: ${variable}\n    value: "Proof {token}"\n    request: GET /PATH-THAT-SHOWS-IT\n    matches: "Proof {token}"`,
  );
}

/** Of a variable that may show in an answer, or else in the log. */
function changeLines(own: readonly string[]): string {
  const visible = own.find((name) => !/LOG/i.test(name));
  return visible === undefined
    ? `config:\n  - variable: ${own[0]}\n    value: debug\n    request: GET /\n    line: '"level":"debug"'`
    : `config:\n  - variable: ${visible}\n    value: "Proof {token}"\n    request: GET /\n    matches: "Proof {token}"`;
}

const sameOf = ({ shownBy }: ChangeFact): string =>
  shownBy === 'answer' ? 'answers the same' : 'leaves no such line';

function vagueness({ variable, request, shownBy, without }: ChangeFact): Judgement {
  const what = shownBy === 'answer' ? request : `A line after ${request}`;
  return unproven(
    without.answered
      ? `${what} matches with the value of ${variable} and without it`
      : `${request} is not answered without ${variable}, which shows nothing of its value: ${without.answer}`,
    `config:\n  - variable: ${variable}\n    value: "Proof {token}"\n    request: ${request}\n    matches: "Proof {token}"`,
  );
}

function answersOf({ variable, request, shownBy, withValue, without }: ChangeFact): readonly Evidence[] {
  const each = ({ process, atMs, answer, matches }: AnswerFact, how: string): Evidence => {
    const who = shownBy === 'answer' ? 'it' : 'a line';
    const none = shownBy === 'answer' ? 'it does not show the value' : 'no line shows the value';
    const seen = matches ? `${who} shows the value` : none;
    return event(process, atMs, `${how}, answered ${request} with ${answer}: ${seen}`);
  };
  return [each(withValue, `with ${variable} changed`), each(without, `with ${variable} as it was`)];
}

/** What happened first stands first. */
function inOrder(evidence: readonly Evidence[]): readonly Evidence[] {
  const timeOf = (each: Evidence): number => (each.kind === 'event' ? each.atMs : 0);
  return [...evidence].sort((a, b) => timeOf(a) - timeOf(b));
}

function failureEvent({ process, atMs, why, lastLines }: FailedStart): Evidence {
  return event(process, atMs, why.replace(/^it /, ''), lastLines.length === 0 ? null : lastLines.join('\n'));
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function event(process: string, atMs: number, what: string, bytes: string | null = null): Evidence {
  return { kind: 'event', process, atMs, what, ...(bytes === null ? {} : { bytes }) };
}
