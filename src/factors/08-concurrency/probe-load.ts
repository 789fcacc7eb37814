/** Whether several processes of one deploy answer as one. */
import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';

/** Web processes of one deploy, started at once, and requests spread over those that are ready. */
export interface LoadFacts {
  readonly processes: readonly LoadedProcess[];
  /** How many requests were sent. */
  readonly sent: number;
  /** What they were: `GET /healthz`. */
  readonly requests: readonly string[];
  readonly failures: readonly FailedRequest[];
  /** Answers of 400 to 499 that nobody asked for: they show what an app refuses, not what it does. */
  readonly refusals: readonly FailedRequest[];
}

export interface LoadedProcess {
  readonly name: string;
  /** Why it never became ready; null when it did. */
  readonly failure: string | null;
  /** When it was ready, or had failed. */
  readonly atMs: number;
  /** Requests that it answered as it should. */
  readonly answered: number;
}

export interface FailedRequest {
  readonly process: string;
  readonly atMs: number;
  readonly request: string;
  /** Null: there was no whole answer. */
  readonly status: number | null;
  /** Null when there was a whole answer. */
  readonly failure: string | null;
  /** The beginning of its body. */
  readonly body: string;
}

export const servesAsOne: Probe<LoadFacts> = {
  id: 'concurrency/serves-as-one',
  statement: 'Answers every request of a load that is spread over several processes',
  method: 'run',
  why: 'An app grows by adding processes, which is only possible when none of them needs to be the only one.',
  source: 'https://12factor.net/concurrency',
  how: "Three web processes of one deploy are started at once. About 150 requests, 12 at a time, go to them in turn: the scenario's cheap one, and its read and its write where it has them. A read or a write fails when there is no answer or a status of 500 and more.",
  blind:
    'It is a small load on one machine. Locks and limits that show with more processes or requests are not seen.',
  mend: 'Give no process a task that only one may have, and take more than one request at a time',
  fixes: {
    javascript:
      "// one writer at a time is the database's affair\nawait client.query('SELECT pg_advisory_xact_lock(1)');",
    python:
      '# Procfile: threads that take requests side by side\nweb: gunicorn app:app --threads 8 --bind 0.0.0.0:$PORT',
    ruby: "# config/puma.rb\nthreads 5, 5\nport Integer(ENV.fetch('PORT'))",
  },
  judge: ({ processes, sent, requests, failures, refusals }) => {
    const ready = processes.filter(({ failure }) => failure === null);
    const absent = processes.filter(({ failure }) => failure !== null);
    if (ready.length === 0)
      return unproven(`No web process serves: ${absent[0]?.failure ?? 'none was started'}`);
    const starts = absent.map(({ name, atMs, failure }) =>
      event(name, atMs, `did not become ready: ${failure}`),
    );
    if (some(starts))
      return broken(
        `Of ${processes.length} web processes that were started at once ${ready.length} became ready`,
        starts,
        'Let a start need nothing that only one process can have: a lock, a file, a port of its own',
      );
    const refused = failures.filter(({ status }) => status === tooMany);
    const failed = failures.filter(({ status }) => status !== tooMany);
    const shown = failed.slice(0, shownFailures).map(failureEvent);
    if (some(shown))
      return broken(
        `${failed.length} of ${sent} requests to ${processes.length} processes failed: ${requests.join(', ')}`,
        shown,
      );
    if (refused.length > 0)
      return {
        ...unproven(`${refused.length} of ${sent} requests were refused as too many of one visitor`),
        evidence: refused.slice(0, shownFailures).map(failureEvent),
      };
    if (refusals.length > 0)
      return {
        ...unproven(
          `${refusals.length} of ${sent} requests were refused, which shows nothing of a load: ${requests.join(', ')}`,
          'requests:\n  cheap: GET /healthz',
        ),
        evidence: refusals.slice(0, shownFailures).map(failureEvent),
      };
    return holds(
      `${processes.length} processes answered all of ${sent} requests: ${requests.join(', ')}`,
      ready.map(({ name, atMs, answered }) =>
        event(name, atMs, `was ready, and answered ${answered} requests`),
      ),
    );
  },
};

const shownFailures = 5;
/** A limit for each visitor says nothing about processes. */
const tooMany = 429;

function failureEvent({ process, atMs, request, status, failure, body }: FailedRequest): Evidence {
  const what =
    status === null ? `gave no answer to ${request}: ${failure}` : `answered ${status} to ${request}`;
  return event(process, atMs, what, body === '' ? undefined : body);
}

function event(process: string, atMs: number, what: string, bytes?: string): Evidence {
  return { kind: 'event', process, atMs, what, ...(bytes === undefined ? {} : { bytes }) };
}
