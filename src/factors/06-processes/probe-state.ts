/** Whether what was written is there for every process, now and later. */
import { broken, type Evidence, holds, type Judgement, notApplicable, type Probe, unproven } from '../law.ts';
import { type Asked, answerOf, told } from './probe-asked.ts';
import type { SessionRun } from './probe-session.ts';

/** Two web processes of one deploy; later both are killed, and a new one takes their place. */
export interface StateFacts {
  readonly state: StateRun;
  readonly session: SessionRun;
}

export type StateRun =
  | { readonly kind: 'untold' }
  /** The scenario says that no request writes anything. */
  | { readonly kind: 'writes-nothing' }
  /** What writes or reads needs a visitor who is signed in, or a token of a page, and that cannot be had. */
  | { readonly kind: 'unsent'; readonly why: string }
  | { readonly kind: 'run'; readonly ways: readonly [Way, ...Way[]]; readonly restart: Restart };

/** Written through one process, then read through the same one and through the other. */
export interface Way {
  readonly write: Asked;
  /** Null: not asked, for what came before had failed. */
  readonly own: Asked | null;
  readonly other: Asked | null;
}

export interface Restart {
  readonly killed: readonly { readonly process: string; readonly atMs: number }[];
  /** Why the new process could not be asked; null when it could. */
  readonly failure: string | null;
  /** What each way had written, read through the new process. */
  readonly reads: readonly { readonly write: Asked; readonly read: Asked }[];
}

const source = 'https://12factor.net/processes';

export const sharesState: Probe<StateFacts> = {
  id: 'processes/shares-state-between-instances',
  statement: 'Shows through one process what was written through another',
  method: 'run',
  why: 'The next request of a visitor may reach any process: what one keeps to itself is missing in all others.',
  source,
  how: "Two web processes of one deploy run side by side. The scenario's write is sent to one and its read to the other, then the other way round; a read may take 3 s to follow.",
  blind:
    'Only what the scenario writes and reads is seen: a limit or a count that a process keeps in its memory is not, nor are other things that the app keeps. An app that shares some of its state and keeps the rest to itself holds.',
  mend: 'Keep what is written in a backing service, and nothing but a copy of it in memory',
  fixes: {
    javascript:
      "// not: const entries = [];\nawait pool.query('INSERT INTO entries (message) VALUES ($1)', [message]);\nconst { rows } = await pool.query('SELECT message FROM entries');",
    python:
      "# not: entries = []\nconnection.execute('INSERT INTO entries (message) VALUES (%s)', [message])\nrows = connection.execute('SELECT message FROM entries').fetchall()",
    ruby: '# not: ENTRIES = []\nDB[:entries].insert(message: message)\nrows = DB[:entries].all',
  },
  judge: ({ state }) => {
    if (state.kind !== 'run') return withoutRun(state);
    const [first, ...more] = state.ways;
    if (first.own?.asExpected !== true) return scenarioFails(first);
    for (const way of state.ways) {
      const failed = [way.write, way.own, way.other].find((asked) => asked?.asExpected === false);
      if (failed !== undefined && failed !== null) return missing(way, failed);
    }
    const evidence = state.ways.flatMap(({ write, other }) => [write, other].flatMap(tellAll));
    const round = more.length > 0 ? ', and the other way round' : '';
    return holds(
      `What was written through ${first.write.process} was read through ${first.other?.process}${round}`,
      evidence,
    );
  },
};

export const keepsDataOverARestart: Probe<StateFacts> = {
  id: 'processes/keeps-data-over-a-restart',
  statement: 'Shows after a restart what was written before it',
  method: 'run',
  why: 'A process is restarted at every deploy, at every change of config and whenever its machine goes away: memory and disk go with it.',
  source,
  how: "After the scenario's write and a read that shows it, every web process is ended with SIGKILL and a new one is started, on a disk of its own. The read must show it again.",
  blind:
    'Only what the scenario writes is seen. Data that a release phase would remove is not: it runs once.',
  mend: 'Answer a write once it is in a backing service, and remove nothing at start',
  fixes: {
    javascript:
      "// answered once it is kept\nawait pool.query('INSERT INTO entries (message) VALUES ($1)', [message]);\nresponse.writeHead(201).end();",
    python:
      "# answered once it is kept\nwith connection.transaction():\n    connection.execute('INSERT INTO entries (message) VALUES (%s)', [message])\nreturn '', 201",
    ruby: '# answered once it is kept\nDB[:entries].insert(message: message)\nstatus 201',
  },
  judge: ({ state }) => {
    if (state.kind !== 'run') return withoutRun(state);
    const [first] = state.ways;
    if (first.own?.asExpected !== true) return scenarioFails(first);
    const { restart } = state;
    if (restart.failure !== null)
      return unproven(`No new web process could be asked after the restart: ${restart.failure}`);
    const kills = restart.killed.map(({ process, atMs }) => event(process, atMs, 'was ended with SIGKILL'));
    const lost = restart.reads.find(({ read }) => !read.asExpected);
    if (lost === undefined) {
      return holds('What was written was read through a new process after all others were killed', [
        ...kills,
        ...restart.reads.map(({ read }) => told(read)),
      ]);
    }
    return broken(
      `What was written through ${lost.write.process} was gone after a restart: ${answerOf(lost.read)}, not as the scenario says`,
      [told(lost.write), ...kills, told(lost.read)],
    );
  },
};

const askForState = [
  'requests:',
  '  write:',
  '    request: POST /entries',
  '    form: { message: "{token}" }',
  '  read:',
  '    request: GET /entries',
  '    matches: "{token}"',
].join('\n');

/** What makes a scenario say that there is nothing to write. */
const orNothing = '# or, for an app that keeps nothing:\n# requests: { write: none }';

function withoutRun(state: Exclude<StateRun, { readonly kind: 'run' }>): Judgement {
  if (state.kind === 'unsent') return unproven(state.why);
  if (state.kind === 'writes-nothing')
    return notApplicable('The scenario says that no request writes anything');
  return unproven(
    'The scenario has no request that writes something and none that reads it',
    `${askForState}\n${orNothing}`,
  );
}

/** What one process does not show of its own tells nothing of two. */
function scenarioFails({ write, own }: Way): Judgement {
  const asked = own ?? write;
  return {
    ...unproven(`${answerOf(asked)}, not as the scenario says, though it is the process that was written to`),
    evidence: [...new Set([write, asked])].map(told),
  };
}

function missing({ write, own, other }: Way, failed: Asked): Judgement {
  const because =
    failed === write
      ? `What one process takes, ${write.process} does not: ${answerOf(write)}, not as the scenario says`
      : `What was written through ${write.process} was missing: ${answerOf(failed)}, not as the scenario says`;
  return broken(because, [told(write), ...[own, other].flatMap(tellAll)]);
}

function tellAll(asked: Asked | null): readonly Evidence[] {
  return asked === null ? [] : [told(asked)];
}

function event(process: string, atMs: number, what: string): Evidence {
  return { kind: 'event', process, atMs, what };
}
