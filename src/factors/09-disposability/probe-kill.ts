/** What is left of writes that were acknowledged when the process that took them was killed. */
import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';

export interface KillFacts {
  readonly process: string;
  readonly killedAtMs: number;
  /** Why a new process did not become ready after it; null when it did. */
  readonly restartFailure: string | null;
  readonly restartedAtMs: number;
  /** Those that were sent, in order; null: the scenario names no write and no read. */
  readonly writes: readonly WriteFact[] | null;
}

export interface WriteFact {
  readonly token: string;
  readonly sentAt: number;
  /** When its answer was whole; null: none came, or not the one it must be. */
  readonly acknowledgedAt: number | null;
  /** What reading it from the new process showed. */
  readonly shown: 'whole' | 'half' | 'absent';
}

export const survivesSigkill: Probe<KillFacts> = {
  id: 'disposability/survives-sigkill-under-load',
  statement: 'Keeps every write it acknowledged when it is killed',
  method: 'run',
  why: 'Machines fail without asking. What an app said is done must be where the next process finds it.',
  source: 'https://12factor.net/disposability',
  how: 'Writes are sent, four at a time; web is killed with SIGKILL in the middle, and a new one is started. Every write that was acknowledged must be read from it, and none may be there in part.',
  blind:
    'Only the process is killed, not its services. A write that is in part there and does not show its token is not seen, and of a list that shows only the latest the others are not judged.',
  mend: 'Write to the backing service, in one transaction, before the answer is sent',
  fixes: {
    javascript:
      "app.post('/notes', async (request, response) => {\n  await database.query('insert into notes (text) values ($1)', [request.body.text]);\n  response.status(201).end();\n});",
    python:
      "@app.post('/notes')\ndef add():\n    with database.begin() as transaction:\n        transaction.execute(insert_note, text=request.form['text'])\n    return '', 201",
    ruby: "post '/notes' do\n  DB.transaction { DB[:notes].insert(text: params[:text]) }\n  status 201\nend",
  },
  judge: ({ process, killedAtMs, restartFailure, restartedAtMs, writes }) => {
    const kill = event(process, killedAtMs, 'was killed with SIGKILL');
    if (restartFailure !== null)
      return broken(
        `After ${process} was killed a new one does not start: ${restartFailure}`,
        [kill, event('web', restartedAtMs, `does not start: ${restartFailure}`)],
        'Let a start take no notice of what a killed process leaves: locks, PID files, half of a file',
      );
    const restarted = event('web', restartedAtMs, 'was started again and is ready');
    if (writes === null)
      return {
        ...unproven(
          'It starts again after SIGKILL, but nothing says what it writes and how it is read',
          writeLines,
        ),
        evidence: [kill, restarted],
      };
    const kept = writes.filter(({ acknowledgedAt }) => acknowledgedAt !== null);
    if (!some(kept)) return unproven('No write was acknowledged before the process was killed', writeLines);
    const halves = writes.filter(({ shown }) => shown === 'half');
    if (some(halves))
      return broken(
        `${halves.length} of ${writes.length} writes can be read in part`,
        [
          kill,
          ...halves.map(({ token, sentAt }) =>
            event(process, sentAt, `the write of ${token} is there in part`),
          ),
        ],
        'Make all changes of one request in one transaction of the backing service',
      );
    const lost = kept.filter(({ shown }) => shown === 'absent');
    if (!some(lost))
      return holds(`All ${kept.length} writes that were acknowledged before SIGKILL are there after it`, [
        kill,
        restarted,
      ]);
    if (isPage(kept)) return unproven('What is read shows the latest writes alone', writeLines);
    const [first, ...more] = lost;
    return broken(`${lost.length} of ${kept.length} writes that were acknowledged are lost after SIGKILL`, [
      lossOf(process, first),
      ...more.slice(0, 4).map((each) => lossOf(process, each)),
      kill,
    ]);
  },
};

export const killProbes = [survivesSigkill];

const writeLines =
  'requests:\n  write: { request: POST /entries, form: { message: "{token}" } }\n  read: { request: GET /entries, matches: "{token}" }';

/** The oldest are absent and the latest are there: a list that shows so many. */
function isPage(kept: readonly WriteFact[]): boolean {
  const inOrder = [...kept].sort((a, b) => (a.acknowledgedAt ?? 0) - (b.acknowledgedAt ?? 0));
  const firstShown = inOrder.findIndex(({ shown }) => shown !== 'absent');
  return firstShown > 0 && inOrder.slice(firstShown).every(({ shown }) => shown !== 'absent');
}

function lossOf(process: string, { token, acknowledgedAt }: WriteFact): Evidence {
  return event(
    process,
    acknowledgedAt ?? 0,
    `acknowledged the write of ${token}, which is not there afterwards`,
  );
}

function event(process: string, atMs: number, what: string): Evidence {
  return { kind: 'event', process, atMs, what };
}
