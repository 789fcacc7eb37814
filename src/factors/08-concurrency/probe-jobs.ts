/** Whether workers that run side by side share out the jobs. */
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

export type JobFacts =
  /** The scenario has no jobs; the app's process types beside `web`. */
  | { readonly kind: 'untold'; readonly types: readonly string[] }
  | { readonly kind: 'run'; readonly run: JobRun };

/** Several workers of one deploy at once: one job alone, then the others together. */
export interface JobRun {
  /** The workers' process type. */
  readonly type: string;
  readonly workers: readonly string[];
  readonly jobs: readonly Job[];
  /** Lines of workers for jobs they have done, in order of time; null: the scenario tells of none. */
  readonly lines: readonly DoneLine[] | null;
  /** How long the others were waited for; null: they were not enqueued. */
  readonly wait: Wait | null;
}

export interface Wait {
  readonly ms: number;
  /** Whether one worker alone could have done them twice over. */
  readonly isLong: boolean;
}

export interface Job {
  readonly enqueue: Exchanged;
  /** What was answered last to the request that shows whether it is done; null: not asked. */
  readonly done: Exchanged | null;
}

export interface Exchanged {
  readonly process: string;
  readonly sentAt: number;
  readonly atMs: number;
  readonly request: string;
  /** `200`, or what went wrong. */
  readonly came: string;
  readonly asExpected: boolean;
}

export interface DoneLine {
  readonly process: string;
  readonly atMs: number;
  readonly text: string;
  /** Which of the jobs it speaks of; null: it does not say. */
  readonly job: number | null;
}

export const runsEachJobOnce: Probe<JobFacts> = {
  id: 'concurrency/runs-each-job-once',
  statement: 'Does each job once, however many workers there are',
  method: 'run',
  why: 'Workers are scaled by adding processes. Where two take the same job, a second worker doubles mails and charges instead of sharing the work.',
  source: 'https://12factor.net/concurrency',
  how: "Three workers run at once while jobs are enqueued through web by the scenario's request. Each job must be seen to be done, and the workers' done-lines must be as many as the jobs.",
  blind:
    'A job that two workers do while only one prints a line is not seen, nor is one that is done twice after a crash.',
  mend: 'Take a job from the queue in one step that only one worker can win',
  fixes: {
    javascript:
      'const { rows: [job] } = await client.query(`\n  SELECT * FROM jobs ORDER BY id LIMIT 1\n  FOR UPDATE SKIP LOCKED`);',
    python:
      "job = connection.execute('''\n  SELECT * FROM jobs ORDER BY id LIMIT 1\n  FOR UPDATE SKIP LOCKED''').fetchone()",
    ruby: "Job.transaction do\n  job = Job.order(:id).lock('FOR UPDATE SKIP LOCKED').first\nend",
  },
  judge: (facts) => (facts.kind === 'untold' ? withoutJobs(facts.types) : judgeRun(facts.run)),
};

function withoutJobs(types: readonly string[]): Judgement {
  const [worker] = types;
  if (worker === undefined) return notApplicable('The app has no process type beside web');
  return unproven(`The scenario has no jobs, and the app has ${types.join(', ')}`, askForJobs(worker));
}

function askForJobs(worker: string): string {
  return [
    'jobs:',
    `  worker: ${JSON.stringify(worker)}`,
    '  enqueue: { request: POST /jobs, form: { message: "{token}" } }',
    '  done: { request: GET /jobs, matches: "{token}[^}]*done" }',
    '  done-line: WHAT THE WORKER PRINTS FOR EACH JOB',
  ].join('\n');
}

function judgeRun({ type, workers, jobs, lines, wait }: JobRun): Judgement {
  const refused = jobs.find(({ enqueue }) => !enqueue.asExpected);
  if (refused !== undefined)
    return cannot(`${sentence(refused.enqueue)}, not as the scenario says`, [tell(refused.enqueue)]);
  const undone = jobs.filter(({ done }) => done?.asExpected !== true);
  if (wait === null) {
    const [first] = undone;
    const asked = first?.done ?? null;
    return cannot(
      `A job was not seen to be done with ${workers.length} workers`,
      [first?.enqueue ?? null, asked].flatMap((each) => (each === null ? [] : [tell(each)])),
    );
  }
  const extra = (lines?.length ?? 0) - jobs.length;
  if (extra > 0) {
    const shown = doubled(lines ?? []).map(({ process, atMs, text }) =>
      event(process, atMs, 'printed that a job is done', text),
    );
    if (some(shown))
      return broken(
        `${workers.length} workers printed ${jobs.length + extra} times that a job is done, and there were ${jobs.length} jobs`,
        shown,
      );
  }
  const missing = undone.flatMap(({ enqueue, done }) => [
    tell(enqueue),
    ...(done === null ? [] : [tell(done)]),
  ]);
  if (some(missing)) {
    const [first] = jobs;
    const took = (first?.done?.atMs ?? 0) - (first?.enqueue.sentAt ?? 0);
    const late = `${undone.length} of ${jobs.length} jobs were not done within ${wait.ms} ms`;
    return wait.isLong
      ? broken(
          `${late}, though the first alone took ${took} ms`,
          missing,
          'Let a worker lock the job that it takes and no more than that, and go on until the queue is empty',
        )
      : cannot(`${late}, which is short for jobs of ${took} ms`, missing);
  }
  const done = jobs.flatMap((job) => (job.done === null ? [] : [tell(job.done)]));
  if (lines === null)
    return {
      ...unproven(
        `All of ${jobs.length} jobs were done by ${workers.length} workers, but nothing tells how often`,
        askForJobs(type),
      ),
      evidence: done,
    };
  if (extra < 0)
    return cannot(
      `All of ${jobs.length} jobs were done, but the workers printed ${lines.length} lines that match done-line`,
      done,
    );
  return holds(
    `${workers.length} workers did ${jobs.length} jobs, each once`,
    lines.map(({ process, atMs, text }) => event(process, atMs, 'printed that a job is done', text)),
  );
}

const shownLines = 8;

/** Lines of one job that was done more than once; where they do not say which, those that came last. */
function doubled(lines: readonly DoneLine[]): readonly DoneLine[] {
  const twice = lines.find((line) => line.job !== null && linesOf(lines, line.job).length > 1);
  if (twice === undefined || twice.job === null) return lines.slice(-shownLines);
  return linesOf(lines, twice.job).slice(0, shownLines);
}

function linesOf(lines: readonly DoneLine[], job: number): readonly DoneLine[] {
  return lines.filter((line) => line.job === job);
}

function cannot(because: string, evidence: readonly Evidence[]): Judgement {
  return { ...unproven(because), evidence };
}

function sentence({ process, request, came }: Exchanged): string {
  return `${request} through ${process} came to ${came}`;
}

function tell({ process, atMs, request, came, asExpected }: Exchanged): Evidence {
  const expected = asExpected ? '' : ', not as the scenario says';
  return event(process, atMs, `${request} came to ${came}${expected}`);
}

function event(process: string, atMs: number, what: string, bytes?: string): Evidence {
  return { kind: 'event', process, atMs, what, ...(bytes === undefined ? {} : { bytes }) };
}
