/** Whether admin commands run as one-off processes of the app's own release, and may be run again. */
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

/** One deploy: its release phase, a web process that was written to, then the release phase and each admin command again. */
export interface AdminFacts {
  /** The release phase first. */
  readonly commands: readonly AdminCommand[];
  /** Commands of the schedule that the scenario does not list: they were not run. */
  readonly unlisted: readonly string[];
  /** What a web process answered before and after. */
  readonly answers: readonly AnswerAround[];
}

export interface AdminCommand {
  readonly command: string;
  /** How it ended each time, oldest first. */
  readonly runs: readonly CommandEnd[];
}

export interface CommandEnd {
  readonly process: string;
  /** `code 1`, `SIGKILL`; null: it ended with 0. */
  readonly failure: string | null;
  /** What it printed last, oldest first. */
  readonly lastLines: readonly string[];
  readonly atMs: number;
}

export interface AnswerAround {
  readonly process: string;
  /** `GET /entries.json` */
  readonly request: string;
  readonly rightBefore: boolean;
  readonly rightAfter: boolean;
  /** `answered 500`, of the one after. */
  readonly result: string;
  readonly atMs: number;
}

const source = 'https://12factor.net/admin-processes';

export const runsInTheSameRelease: Probe<AdminFacts> = {
  id: 'admin-processes/runs-in-the-same-release',
  statement: 'Runs its admin commands as one-offs of the same build and config',
  method: 'run',
  why: 'What needs another place, another config or another build than the app works on data that it was not made for.',
  source,
  how: 'The release phase and each admin command of the scenario are run in sandboxes of their own, with the code, variables and services of one deploy. Each must end with 0.',
  blind:
    'Whether a command did what it is for is not known: only how it ended. Commands that neither the Procfile nor the scenario names are not run.',
  mend: 'Let the command take all it needs from the code and the config of the release, as the app does',
  fixes: {
    javascript:
      "// report.js: the config of the app, nothing of an operator's shell\nimport { config } from './config.js';\nawait report(config.databaseUrl);",
    python:
      "# management/commands/report.py: the settings of the app\nfrom django.conf import settings\nreport(settings.DATABASES['default'])",
    ruby: '# lib/tasks/report.rake: the environment of the app\ntask report: :environment do\n  Report.run\nend',
  },
  judge: (facts) => {
    const nothing = nothingRun(facts);
    if (nothing !== null) return nothing;
    const failed = facts.commands.flatMap(({ command, runs }) => {
      const [first] = runs;
      return first === undefined || first.failure === null ? [] : [{ command, end: first }];
    });
    if (some(failed)) {
      const [first, ...more] = failed;
      return broken(
        `${first.command} ends with ${first.end.failure} as a one-off: ${lastWordOf(first.end)}${alsoFails(more)}`,
        [endOf(first.command, first.end), ...more.map(({ command, end }) => endOf(command, end))],
      );
    }
    return (
      unlistedOf(facts) ??
      holds(
        `${listOf(facts)} ended with 0 as one-offs of the same build and config`,
        facts.commands.flatMap(({ command, runs }) => runs.slice(0, 1).map((end) => endOf(command, end))),
      )
    );
  },
};

export const canBeRunTwice: Probe<AdminFacts> = {
  id: 'admin-processes/can-be-run-twice',
  statement: 'Runs its admin commands a second time without harm',
  method: 'run',
  why: 'A release phase is run with every release, and one that was cut off is run again: it has to find its own work done.',
  source,
  how: 'A web process is written to. Then the release phase is run again, and each admin command twice in a row. Each must end with 0, and the web process answer as it did, with what was written before.',
  blind:
    'Harm to what the scenario does not read is not seen, nor what two of them do to each other when they run at once.',
  mend: 'Record what was done where it was done, in one transaction, and skip it the next time',
  fixes: {
    javascript:
      "const { rowCount } = await sql.query('SELECT 1 FROM migrations WHERE name = $1', [name]);\nif (rowCount === 0) await apply(name);",
    python:
      '# manage.py migrate records what it did; in data migrations:\nRole.objects.get_or_create(name="editor")',
    ruby: '# db:migrate records what it did; in seeds:\nRole.find_or_create_by!(name: "editor")',
  },
  judge: (facts) => {
    const nothing = nothingRun(facts);
    if (nothing !== null) return nothing;
    const never = facts.commands.find(({ runs }) => runs[0]?.failure !== null);
    if (never !== undefined)
      return unproven(
        `${never.command} failed the first time, as admin-processes/runs-in-the-same-release tells, so nothing shows what a second run does`,
      );
    const again = facts.commands.flatMap(({ command, runs }) =>
      runs.slice(1).flatMap((end) => (end.failure === null ? [] : [{ command, end }])),
    );
    if (some(again)) {
      const [first, ...more] = again;
      return broken(
        `${first.command} ends with ${first.end.failure} the second time: ${lastWordOf(first.end)}${alsoFails(more)}`,
        [endOf(first.command, first.end), ...more.map(({ command, end }) => endOf(command, end))],
      );
    }
    const spoilt = facts.answers.filter(({ rightBefore, rightAfter }) => rightBefore && !rightAfter);
    if (some(spoilt)) {
      const [first, ...more] = spoilt;
      return broken(
        `After its admin commands ran again the app ${first.result} to ${first.request}, which was right before`,
        [answerOf(first), ...more.map(answerOf)],
        'Let the command leave alone what is there already: remove and reset nothing that the app has written',
      );
    }
    const once = facts.commands.find(({ runs }) => runs.length < 2);
    if (once !== undefined) return unproven(`${once.command} was run only once`);
    const right = facts.answers.filter(({ rightAfter }) => rightAfter).map(({ request }) => request);
    const served =
      right.length === 0
        ? ''
        : `, and ${right.join(', ')} ${right.length === 1 ? 'was' : 'were'} right as before`;
    return (
      unlistedOf(facts) ??
      holds(
        `${listOf(facts)} ended with 0 each time${served}`,
        facts.commands.flatMap(({ command, runs }) => runs.slice(1).map((end) => endOf(command, end))),
      )
    );
  },
};

/** Null: something was run. */
function nothingRun({ commands, unlisted }: AdminFacts): Judgement | null {
  if (commands.length > 0) return null;
  if (unlisted.length === 0)
    return notApplicable('It has no release phase, no schedule and no admin command');
  return notRun(unlisted);
}

/** Null: nothing was left out. */
function unlistedOf({ unlisted }: AdminFacts): Judgement | null {
  if (unlisted.length === 0) return null;
  return notRun(unlisted);
}

function notRun(unlisted: readonly string[]): Judgement {
  const were = unlisted.length === 1 ? 'it was' : 'they were';
  return unproven(
    `The scenario does not list ${few(unlisted)}, which the app schedules, so ${were} not run`,
    linesFor(unlisted),
  );
}

/** Those behind the first, by name. */
function alsoFails(more: readonly { readonly command: string }[]): string {
  if (more.length === 0) return '';
  return `; ${few(more.map(({ command }) => command))} ${more.length === 1 ? 'fails' : 'fail'} too`;
}

/** As the scenario has it. */
function linesFor(commands: readonly string[]): string {
  return ['admin:', ...commands.map((command) => `  - ${JSON.stringify(command)}`)].join('\n');
}

function listOf({ commands }: AdminFacts): string {
  return commands.map(({ command }) => command).join(', ');
}

function lastWordOf({ lastLines }: CommandEnd): string {
  const line =
    lastLines.findLast((each) => /\w*(Error|error)\b.*:/.test(each)) ??
    lastLines.at(-1) ??
    'it printed nothing';
  return line.trim().slice(0, 200);
}

function endOf(command: string, { process, failure, lastLines, atMs }: CommandEnd): Evidence {
  const bytes = failure === null || lastLines.length === 0 ? {} : { bytes: lastLines.join('\n') };
  const what = `${command} ended with ${failure ?? '0'}`;
  return { kind: 'event', process, atMs, what, ...bytes };
}

function answerOf({ process, request, result, atMs }: AnswerAround): Evidence {
  return { kind: 'event', process, atMs, what: `${result} to ${request}` };
}
