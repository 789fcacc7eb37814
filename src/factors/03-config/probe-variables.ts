/** Whether an app's variables are all that it needs, are missed when they are missing, and are followed when they change. */
import {
  broken,
  type Evidence,
  few,
  holds,
  type Judgement,
  notApplicable,
  type Probe,
  some,
  unproven,
} from '../law.ts';
import { failsLoudly } from './probe-required-variables.ts';
import {
  type AnswerFact,
  type ChangeFact,
  event,
  type FailedStart,
  idleness,
  inOrder,
  source,
  starterOf,
  type VariableFacts,
} from './probe-variable-facts.ts';

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
        `With ${given.length === 1 ? 'the one variable' : `the ${given.length} variables`} that it was given (${few(given)}) ${starterOf(first)}: ${first.why}`,
        [failureEvent(first), ...more.map(failureEvent)],
        [first.why, ...first.lastLines].some(missesVariable)
          ? undefined
          : `Mend what ends ${first.process === 'release' ? 'the release phase' : first.process}: its last lines tell; if it misses a variable, declare that in app.json`,
      );
    }
    if (starts.length === 0) return notApplicable('The app has no process types');
    return holds(
      `${count(starts.length, 'process type')} started with ${count(given.length, 'variable')} and no others: ${given.join(', ')}`,
      starts.map(({ process, atMs }) => event(process, atMs, 'was ready')),
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
        `The scenario does not say what ${few(own)} ${own.length === 1 ? 'changes' : 'change'}`,
        changeLines(own),
      );
    }
    const refused = changes.find(({ withValue }) => !withValue.sent || isRefused(withValue));
    if (refused !== undefined) return refusal(refused);
    const deaf = changes.filter(({ withValue }) => !withValue.matches);
    const evidence = inOrder(deaf.flatMap(answersOf));
    if (some(evidence)) return broken(deafnessOf(deaf), evidence);
    const vague = changes.find(({ without }) => without.matches || !without.answered);
    if (vague !== undefined) return vagueness(vague);
    return holds(
      `What it says follows ${changes.map(({ variable }) => variable).join(', ')}`,
      inOrder(changes.flatMap(answersOf)),
    );
  },
};

export const probes = [startsWithDeclared, failsLoudly, followsVariables];

function missesVariable(line: string): boolean {
  return (
    /\b[A-Z][A-Z0-9_]*\b/.test(line) &&
    /\b(?:not set|not defined|undefined|unset|missing|required|must be|KeyError|key not found)\b/i.test(line)
  );
}

function isRefused({ matches, answer }: AnswerFact): boolean {
  return !matches && /^4/.test(answer);
}

/** A request that the app refuses, or that its visitor cannot send, shows nothing of a value. */
function refusal({ variable, request, withValue }: ChangeFact): Judgement {
  const came = withValue.sent
    ? `is answered with ${withValue.answer}`
    : `was not sent: ${withValue.answer.replace(/^cannot sign in: (.*)$/s, 'its visitor cannot sign in ($1)')}`;
  return unproven(
    `${variable} could not be tried, for ${request} ${came}`,
    shownLines(variable, 'GET /PATH-THAT-SHOWS-IT'),
  );
}

/** Of a variable that may show in an answer, or else in the log. */
function changeLines(own: readonly string[]): string {
  const visible = own.find((name) => !/LOG/i.test(name));
  return visible === undefined
    ? `config:\n  - variable: ${JSON.stringify(own[0])}\n    value: debug\n    request: GET /\n    line: '"level":"debug"'`
    : shownLines(visible, 'GET /');
}

/** Quoted: in YAML a name like `NULL` and a path with `:` at its end are no texts. */
function shownLines(variable: string, request: string): string {
  const [name, line] = [variable, request].map((text) => JSON.stringify(text));
  return `config:\n  - variable: ${name}\n    value: "Proof {token}"\n    request: ${line}\n    matches: "Proof {token}"`;
}

/** Of each request the variables that it does not follow. */
function deafnessOf(deaf: readonly ChangeFact[]): string {
  const requests = new Map<string, ChangeFact[]>();
  for (const change of deaf) {
    const key = `${change.request} ${change.shownBy}`;
    requests.set(key, [...(requests.get(key) ?? []), change]);
  }
  const sentences = [...requests.values()].map((changes) => {
    const names = few(changes.map(({ variable }) => variable));
    const [{ request, shownBy } = { request: '', shownBy: 'answer' }] = changes;
    return shownBy === 'answer'
      ? `${request} answers the same whatever ${names} ${changes.length === 1 ? 'is' : 'are'}`
      : `${request} logs no line that shows ${names}`;
  });
  return sentences.join('; ');
}

function vagueness({ variable, request, shownBy, without }: ChangeFact): Judgement {
  const what = shownBy === 'answer' ? `The answer to ${request}` : `A line that ${request} logs`;
  return unproven(
    without.answered
      ? `${what} matches with the value of ${variable} and without it, so nothing shows whether it is used`
      : `${variable} could not be tried, for ${request} fails without the value: ${without.answer}`,
    shownLines(variable, request),
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

function failureEvent({ process, atMs, why, lastLines }: FailedStart): Evidence {
  const isTold = lastLines.every((line) => why.endsWith(line));
  return event(process, atMs, why.replace(/^it /, ''), isTold ? null : lastLines.join('\n'));
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
