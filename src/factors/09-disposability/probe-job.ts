/** What becomes of a job when the worker that has it is stopped. */
import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';

export interface JobFacts {
  /** The process type that does jobs. */
  readonly worker: string;
  readonly stops: readonly JobStop[];
}

/** A worker that was stopped in the middle of a job, and another that was started after it. */
export interface JobStop {
  readonly signal: 'SIGTERM' | 'SIGKILL';
  readonly process: string;
  readonly enqueuedAtMs: number;
  /** Whether the job could be enqueued. */
  readonly enqueued: boolean;
  /** The line that told that it was taken; null: it was given a second. */
  readonly takenLine: string | null;
  readonly takenAtMs: number;
  /** Whether the job was done before the signal was sent. */
  readonly doneBefore: boolean;
  readonly signalledAtMs: number;
  /** Null: it had to be killed when its grace was over. */
  readonly endedAfterMs: number | null;
  readonly waitedMs: number;
  /** Who was started to do it. */
  readonly successor: string;
  /** Null: it was not done in time. */
  readonly doneAtMs: number | null;
  readonly gaveUpAtMs: number;
}

export const returnsItsJob: Probe<JobFacts> = {
  id: 'disposability/returns-its-job',
  statement: 'Returns the job that it cannot finish',
  method: 'run',
  why: 'Workers are stopped by every deploy and killed by every failure. A job that goes with its worker is never done.',
  source: 'https://12factor.net/disposability',
  how: 'A worker that the scenario makes slow takes a job and is stopped, once with SIGTERM and once with SIGKILL. A second worker must do the job within 15 s.',
  blind:
    'Where the scenario names no line that tells of a job taken, the worker is given a second to take it: a job that it had not taken is found in the queue by the next in any case. A lease longer than 15 s looks like a lost job.',
  mend: 'Keep a job in the queue until it is done, and take it by a lock or a lease that ends with the worker',
  fixes: {
    javascript:
      "await database.query('begin');\nconst { rows: [job] } = await database.query(\n  'select * from jobs limit 1 for update skip locked');\nawait work(job);\nawait database.query('delete from jobs where id = $1', [job.id]);\nawait database.query('commit');",
    python:
      '# Celery: acknowledged when done, returned when the worker is lost\ntask_acks_late = True\ntask_reject_on_worker_lost = True',
    ruby: '# Sidekiq returns jobs on SIGTERM; it must have time to:\n# config/sidekiq.yml\n:timeout: 25',
  },
  judge: ({ worker, stops }) => {
    const told = stops.flatMap(storyOf);
    const unsent = stops.find(({ enqueued }) => !enqueued);
    if (unsent !== undefined)
      return unproven(
        'The request that enqueues a job was not answered as it must be',
        enqueueLines(worker).join('\n'),
      );
    if (stops.some(({ doneBefore }) => doneBefore))
      return unproven('The job was done before the worker could be stopped', jobLines(worker));
    const stuck = stops.find(({ endedAfterMs }) => endedAfterMs === null);
    if (stuck !== undefined && some(told))
      return broken(
        `${stuck.process} had to be killed in the middle of its job: it did not end on ${stuck.signal}`,
        told,
        'On SIGTERM take no other job, give back the one at hand, and end',
      );
    const lost = stops.filter(({ doneAtMs }) => doneAtMs === null);
    if (lost.length > 0 && some(told))
      return broken(
        `A job is lost with its worker: after ${lost.map(({ signal }) => signal).join(' and after ')} the next worker did not do it`,
        told,
      );
    const after = stops.map(({ signal }) => signal).join(' and after ');
    return holds(`After ${after} in the middle of a job the next worker did it`, told);
  },
};

export const jobProbes = [returnsItsJob];

function enqueueLines(worker: string): readonly string[] {
  return [
    'jobs:',
    `  worker: ${JSON.stringify(worker)}`,
    '  enqueue: { request: POST /jobs, form: { message: "{token}" } }',
    '  done: { request: GET /jobs, matches: "{token}[^}]*done" }',
  ];
}

/** What a scenario says of its jobs. */
export function jobLines(worker: string): string {
  return [
    ...enqueueLines(worker),
    '  taken-line: WHAT THE WORKER PRINTS WHEN IT TAKES A JOB',
    '  slow-env: { JOB_DELAY_MS: "60000" }',
  ].join('\n');
}

function storyOf(stop: JobStop): readonly Evidence[] {
  const { process, signal, takenLine, endedAfterMs } = stop;
  const taken = takenLine === null ? 'has had a second to take it' : 'took it';
  const end =
    endedAfterMs === null ? `was running ${stop.waitedMs / 1000} s later` : `ended ${endedAfterMs} ms later`;
  return [
    event('web.1', stop.enqueuedAtMs, 'enqueued a job'),
    event(process, stop.takenAtMs, taken, takenLine ?? undefined),
    event(process, stop.signalledAtMs, `got ${signal} and ${end}`),
    stop.doneAtMs === null
      ? event(stop.successor, stop.gaveUpAtMs, 'had not done the job')
      : event(stop.successor, stop.doneAtMs, 'had done the job'),
  ];
}

function event(process: string, atMs: number, what: string, bytes?: string): Evidence {
  return { kind: 'event', process, atMs, what, ...(bytes === undefined ? {} : { bytes }) };
}
