/** What becomes of requests while a web process stops: of one that it has, and of those that come. */
import { broken, type Evidence, holds, type Judgement, type Probe, some, unproven } from '../law.ts';

export interface ShutdownFacts {
  readonly process: string;
  readonly sigtermAtMs: number;
  /** Status of such a request as comes while it stops, sent before; null: there was none. */
  readonly before: number | null;
  /** Null: nothing says how a request can be made to last. */
  readonly slow: SlowFact | null;
  /** Shutdowns under requests: a second one when the first lost some. */
  readonly rounds: readonly (readonly NewRequest[])[];
}

export interface SlowFact {
  /** `POST /entries` */
  readonly request: string;
  /** How it was made to last. */
  readonly by: 'itself' | 'body' | 'lock';
  readonly sentAt: number;
  readonly atMs: number;
  readonly status: number | null;
  readonly failure: string | null;
  readonly asExpected: boolean;
  /** Whether it had been taken and had no answer yet when SIGTERM came. */
  readonly inFlight: boolean;
  /** Of the answer. */
  readonly body: string;
}

/** A request that was sent while the process stopped, on a connection of its own. */
export interface NewRequest {
  readonly sentAt: number;
  readonly atMs: number;
  readonly status: number | null;
  /** Null when there was a whole answer. */
  readonly failure: string | null;
}

const source = 'https://12factor.net/disposability';

export const finishesRequestsOnSigterm: Probe<ShutdownFacts> = {
  id: 'disposability/finishes-requests-on-sigterm',
  statement: 'Finishes the requests it has when it is told to stop',
  method: 'run',
  why: 'Every deploy stops processes. A visitor whose request is cut sees an error, and does not know whether the thing was done.',
  source,
  how: 'A request is made to last, SIGTERM is sent while it is in flight, and then it is let go on. Its answer must be whole and what the scenario says.',
  blind: 'One request of one kind is tried. Others, such as streams and uploads, may be cut.',
  mend: 'On SIGTERM close the server to new connections and wait until the requests in flight are answered',
  fixes: {
    javascript:
      "process.once('SIGTERM', () => {\n  // takes no new connections; the process ends after the last answer\n  server.close();\n});",
    python:
      '# gunicorn finishes requests on SIGTERM, for as long as this\n# gunicorn.conf.py\ngraceful_timeout = 25',
    ruby: '# config/puma.rb: puma finishes requests on SIGTERM\nforce_shutdown_after 25',
  },
  judge: ({ process, sigtermAtMs, slow }) => {
    if (slow === null) return unproven('The scenario names no request that lasts', slowLines);
    const { request } = slow;
    if (!slow.inFlight) return unproven(`${request} was answered before SIGTERM could be sent`, slowLines);
    const told = [
      event(process, slow.sentAt, `${request} was sent, made to last by ${byWords[slow.by]}`),
      event(process, sigtermAtMs, 'got SIGTERM while it was in flight'),
      event(process, slow.atMs, slowEnd(slow), slow.failure === null ? slow.body.slice(0, 200) : undefined),
    ] as const;
    if (slow.asExpected) {
      const after = slow.atMs - sigtermAtMs;
      return holds(`${request} was in flight when SIGTERM came, and was answered ${after} ms later`, told);
    }
    return broken(
      `${request} was in flight when SIGTERM came, and ${slowEnd(slow)}`,
      told,
      slow.status === null
        ? undefined
        : 'On SIGTERM close what requests need, such as connections to services, only when the last one in flight is answered',
    );
  },
};

export const dropsNoNewRequests: Probe<ShutdownFacts> = {
  id: 'disposability/drops-no-new-requests-on-sigterm',
  statement: 'Answers or refuses what comes while it stops, and drops nothing',
  method: 'run',
  why: 'A router sends what is refused to another process. What was accepted and then dropped is lost.',
  source,
  how: 'While a web process stops, a request comes every 20 ms on a new connection. Each must be answered whole and without a 5xx, or be refused at connect. What is seen must be seen in a second shutdown too.',
  blind:
    'A connection that waits in the queue of the kernel when the listener closes is reset, whatever the app does. So a reset within 100 ms of its request is not counted when everything answered was sent before that request and everything sent after the reset was refused.',
  mend: 'On SIGTERM close the listener first, and answer what was accepted before the process ends',
  fixes: {
    javascript:
      "process.once('SIGTERM', () => server.close());\n// and in the handler, so that kept connections go\nif (!server.listening) response.setHeader('connection', 'close');",
    python:
      '# Procfile: a server that closes its listener and drains\nweb: gunicorn app:app --bind 0.0.0.0:$PORT --graceful-timeout 25',
    ruby: '# Procfile: puma closes its listener and drains\nweb: bundle exec puma -p $PORT',
  },
  judge: ({ process, sigtermAtMs, before, rounds }) => {
    if (before === null || before >= 500)
      return unproven(`Before it is told to stop it answers ${before ?? 'nothing'}`, cheapLines);
    const [first] = rounds;
    if (first === undefined || !some(first)) return unproven('No request was sent while the process stopped');
    const dropped = rounds.map(droppedOf);
    const clean = rounds[dropped.findIndex((each) => each.length === 0)];
    if (clean !== undefined) return allAccountedFor(clean, { process, sigtermAtMs });
    const told = dropped[0] ?? [];
    const events = told
      .slice(0, 8)
      .map((each) => event(process, each.atMs, droppedSentence(each, sigtermAtMs)));
    if (!some(events)) return unproven('No request was sent while the process stopped');
    return broken(
      droppedBecause(told, { process, sent: first.length }),
      events,
      told.every(({ status }) => status !== null)
        ? 'On SIGTERM close the listener at once instead of answering with an error: what is refused goes to another process'
        : undefined,
    );
  },
};

export const shutdownProbes = [finishesRequestsOnSigterm, dropsNoNewRequests];

const cheapLines = 'requests:\n  cheap: GET /healthz';
const slowLines = 'requests:\n  slow: { of: "GET /one-that-lasts", by: itself }';

const byWords = {
  itself: 'itself',
  body: 'half of its body',
  lock: 'a lock on a table that it needs',
} as const;

/** Longer than this no connection waits in the queue of a listener that is served. */
const queuedMs = 100;

/** Requests that were taken and not answered well, as far as can be told from the order of what happened. */
export function droppedOf(requests: readonly NewRequest[]): readonly NewRequest[] {
  const answered = requests.filter(({ status }) => status !== null);
  const lastAnswered = Math.max(-Infinity, ...answered.map(({ sentAt }) => sentAt));
  const wasQueued = ({ sentAt, atMs, failure }: NewRequest): boolean =>
    isReset(failure) &&
    atMs - sentAt <= queuedMs &&
    sentAt >= lastAnswered &&
    requests.every((other) => other.sentAt <= atMs || isRefused(other.failure));
  return requests.filter((each) => {
    if (each.status !== null) return each.status >= 500;
    return !isRefused(each.failure) && !wasQueued(each);
  });
}

/** In the figures of the first shutdown. */
function droppedBecause(
  dropped: readonly NewRequest[],
  { process, sent }: { readonly process: string; readonly sent: number },
): string {
  const cut = dropped.filter(({ status }) => status === null).length;
  const failed = dropped.length - cut;
  const parts = [
    ...(cut > 0 ? [`${cut} got no answer`] : []),
    ...(failed > 0 ? [`${failed} got a 5xx`] : []),
  ];
  return `${dropped.length} of ${sent} requests that were sent while ${process} stopped were accepted and then lost: ${parts.join(', ')}`;
}

function isRefused(failure: string | null): boolean {
  return failure === 'ECONNREFUSED';
}

function isReset(failure: string | null): boolean {
  return failure === 'ECONNRESET' || failure === 'EPIPE';
}

function allAccountedFor(
  requests: readonly NewRequest[],
  { process, sigtermAtMs }: { readonly process: string; readonly sigtermAtMs: number },
): Judgement {
  const answered = requests.filter(({ status }) => status !== null);
  const refused = requests.filter(({ failure }) => isRefused(failure));
  const queued = requests.length - answered.length - refused.length;
  const more = queued === 0 ? '' : `, and ${queued} waited in the queue of the listener when it closed`;
  return holds(
    `Of ${requests.length} requests that came while it stopped ${answered.length} were answered and ${refused.length} refused at connect${more}`,
    [
      event(process, sigtermAtMs, 'got SIGTERM while requests came'),
      ...refused.slice(0, 1).map(({ sentAt }) => event(process, sentAt, 'refused a connection')),
    ],
  );
}

function droppedSentence({ sentAt, status, failure }: NewRequest, sigtermAtMs: number): string {
  const what = status === null ? `was taken and cut (${failure})` : `was answered with ${status}`;
  const after = sentAt - sigtermAtMs;
  return `a request sent ${Math.abs(after)} ms ${after < 0 ? 'before' : 'after'} SIGTERM ${what}`;
}

function slowEnd({ status, failure }: SlowFact): string {
  return status === null ? `was cut (${failure})` : `was answered with ${status}, not as it should be`;
}

function event(process: string, atMs: number, what: string, bytes?: string): Evidence {
  return { kind: 'event', process, atMs, what, ...(bytes === undefined ? {} : { bytes }) };
}
