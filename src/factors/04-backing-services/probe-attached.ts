/** Whether an app takes its services as attached resources: moved by a variable alone, lost and found again. */
import { broken, type Evidence, holds, notApplicable, type Probe, some, unproven } from '../law.ts';

/** One deploy with servers of its own, and a second set of servers. */
export interface ServiceFacts {
  readonly services: readonly MovedService[];
  /** The processes that were given the second servers. */
  readonly moved: MovedRun;
  readonly loss: LossFacts;
}

export interface MovedService {
  readonly kind: string;
  readonly variable: string;
  readonly oldPort: number;
  readonly newPort: number;
}

export interface MovedRun {
  readonly process: string;
  readonly atMs: number;
  /** Why web did not become ready with the second servers; null when it did. */
  readonly failure: string | null;
  /** Null: the scenario does not say how something is written and read. */
  readonly exchange: { readonly write: Asked; readonly read: Asked } | null;
  /** Connections that they asked for, to what is not their own. */
  readonly connects: readonly { readonly process: string; readonly atMs: number; readonly port: number }[];
}

export interface Asked {
  readonly request: string;
  readonly atMs: number;
  readonly answer: string;
  readonly asExpected: boolean;
}

/** Requests while the servers were stopped, and started again. */
export interface LossFacts {
  readonly request: string;
  /** Connections to the servers before. */
  readonly connections: number;
  readonly before: Asked;
  readonly downAtMs: number;
  readonly upAtMs: number;
  readonly during: readonly Asked[];
  /** The first that was answered as before, once the servers were back; null: there was none in time. */
  readonly recovered: Asked | null;
  /** The last that was not. */
  readonly lastFailed: Asked | null;
  readonly limitMs: number;
  readonly ended: readonly EndedProcess[];
  readonly processes: readonly string[];
}

export interface EndedProcess {
  readonly process: string;
  readonly atMs: number;
  readonly how: string;
  /** Oldest first, without secrets. */
  readonly lastLines: readonly string[];
}

const source = 'https://12factor.net/backing-services';

const exchangeLines =
  'requests:\n  write: { request: POST /entries, form: { message: "{token}" } }\n  read: { request: GET /entries, matches: "{token}" }';

export const followsItsLocator: Probe<ServiceFacts> = {
  id: 'backing-services/follows-its-locator',
  statement: 'Uses another server when only its variable changes',
  method: 'run',
  why: 'A database that fails is replaced by a copy: that must be a change of config, not of code.',
  source,
  how: 'A second server of each service is started and released to; then the app starts with its variable changed and nothing else, writes and reads, and its connections are recorded.',
  blind:
    'A service that nothing of the scenario needs is never connected to. A read that finds what was written shows no more than that the app keeps it somewhere.',
  mend: 'Connect to the address in the variable, and take no part of it from anywhere else',
  fixes: {
    javascript: 'const pool = new Pool({ connectionString: process.env.DATABASE_URL });',
    python: "engine = create_engine(os.environ['DATABASE_URL'])",
    ruby: "DB = Sequel.connect(ENV.fetch('DATABASE_URL'))",
  },
  judge: ({ services, moved }) => {
    if (services.length === 0) return notApplicable('The app declares no service');
    const { failure, process, atMs, exchange } = moved;
    const names = services.map(({ variable }) => variable).join(', ');
    if (failure !== null) {
      return broken(
        `With another server in ${names} ${process} does not start: ${failure}`,
        [event(process, atMs, `does not start: ${failure}`)],
        'Let the release phase make all that a new server needs, and take its whole address from the variable',
      );
    }
    const stale = services.flatMap((service) =>
      connectsTo(moved, service.oldPort, `the old server of ${service.variable}`),
    );
    if (some(stale))
      return broken('It still connects to the server that its variable no longer names', stale);
    const failed =
      exchange === null ? [] : [exchange.write, exchange.read].filter(({ asExpected }) => !asExpected);
    const unused = services.filter(({ newPort }) => moved.connects.every(({ port }) => port !== newPort));
    const [never] = unused;
    const elsewhere = moved.connects.filter(({ port }) => services.every(({ newPort }) => port !== newPort));
    if (never !== undefined && (elsewhere.length > 0 || failed.length > 0)) {
      const evidence = [
        ...elsewhere.slice(0, 5).map(connectEvent),
        ...failed.map((each) => askedEvent(process, each)),
      ];
      if (some(evidence))
        return broken(
          `It never connects to the server that ${never.variable} names, at port ${never.newPort}`,
          evidence,
        );
    }
    if (some(failed)) {
      const [first] = failed;
      return broken(`With another server in ${names} it answers ${first.request} with ${first.answer}`, [
        askedEvent(process, first),
        ...failed.slice(1).map((each) => askedEvent(process, each)),
      ]);
    }
    if (never !== undefined)
      return unproven(
        `Nothing that was asked of it made it connect to the server of ${never.variable}`,
        exchange === null ? exchangeLines : undefined,
      );
    const evidence = services.flatMap((service) =>
      connectsTo(moved, service.newPort, `the new server of ${service.variable}`).slice(0, 1),
    );
    return exchange === null
      ? holds(
          `With ${names} changed it connected to the new server and not to the old; no write and read of the scenario worked that would show what it did there`,
          evidence,
        )
      : holds(
          `With ${names} changed, and nothing else, it wrote to and read from the new server and did not go to the old`,
          [...evidence, askedEvent(process, exchange.write), askedEvent(process, exchange.read)],
        );
  },
};

export const survivesLoss: Probe<ServiceFacts> = {
  id: 'backing-services/survives-loss-and-return',
  statement: 'Lives through the loss of a service and works again when it is back',
  method: 'run',
  why: 'Services are restarted, moved and cut off. An app that dies of it, or never recovers, has to be restarted by hand.',
  source,
  how: 'Requests are sent all the time. The servers are stopped for a second and started again: no process may end, and answers must be as before within 10 seconds.',
  blind:
    'A server that hangs, and a network that drops packets, are other losses than this one. Whether a worker takes jobs again is not asked.',
  mend: 'Handle the error of a lost connection so that it ends no process, and connect anew when the service is needed next',
  fixes: {
    javascript:
      "const pool = new Pool({ connectionString: url });\n// Without a listener, a lost connection ends the process.\npool.on('error', (error) => log.warn('connection lost', error.message));",
    python: 'engine = create_engine(url, pool_pre_ping=True)',
    ruby: 'DB.extension(:connection_validator)\nDB.pool.connection_validation_timeout = -1',
  },
  judge: ({ services, loss }) => {
    if (services.length === 0) return notApplicable('The app declares no service');
    const { before, ended, recovered, lastFailed, during, request, downAtMs, upAtMs, limitMs } = loss;
    const names = services.map(({ variable }) => variable).join(', ');
    const down = event(serversOf(services), downAtMs, 'stopped');
    const up = event(serversOf(services), upAtMs, 'started again');
    if (some(ended)) {
      const [first] = ended;
      const answers = ended.some((each) => each.process.startsWith('web.'));
      return broken(
        `${first.process} ${first.how} when the server of ${names} was stopped and started again`,
        [down, ...ended.map(endedEvent)],
        answers
          ? 'Handle the error of a lost connection, so that it ends no process: answer 503 meanwhile, and connect anew at the next request'
          : 'Handle the error of a lost connection, so that it ends no process: wait a moment, connect anew, and take the job again',
      );
    }
    if (!before.asExpected)
      return unproven(`${request} was answered ${before.answer} before anything was stopped`, exchangeLines);
    if (recovered === null) {
      const last = lastFailed ?? before;
      return broken(
        `${limitMs / 1000} s after the server of ${names} was back, ${request} is still answered ${last.answer}`,
        [down, up, askedEvent('web', last)],
        'Connect anew when a connection is lost: take one from a pool for each request, and have the pool drop those that fail',
      );
    }
    const failures = during.filter(({ asExpected }) => !asExpected);
    if (loss.connections === 0 && failures.length === 0)
      return unproven(
        `Nothing was connected to the server of ${names} when it was stopped, and no request missed it`,
        exchangeLines,
      );
    const meanwhile = failures.length === 0 ? 'none failed' : `${failures.length} of ${during.length} failed`;
    const [firstFailure] = failures;
    return holds(
      `While the server of ${names} was away ${meanwhile}; ${request} was as before ${Math.max(0, recovered.atMs - upAtMs)} ms after it was back, and no process ended`,
      [
        down,
        ...(firstFailure === undefined ? [] : [askedEvent('web', firstFailure)]),
        up,
        askedEvent('web', recovered),
      ].sort((a, b) => timeOf(a) - timeOf(b)),
    );
  },
};

export const probes = [followsItsLocator, survivesLoss];

function serversOf(services: readonly MovedService[]): string {
  return [...new Set(services.map(({ kind }) => kind))].join(', ');
}

function connectsTo({ connects }: MovedRun, at: number, what: string): readonly Evidence[] {
  return connects
    .filter(({ port }) => port === at)
    .map(({ process, atMs, port }) => event(process, atMs, `connected to ${what}, at port ${port}`));
}

function connectEvent({ process, atMs, port }: MovedRun['connects'][number]): Evidence {
  return event(process, atMs, `asked for a connection to port ${port}`);
}

function askedEvent(process: string, { request, atMs, answer }: Asked): Evidence {
  return event(process, atMs, `answered ${request} with ${answer}`);
}

function endedEvent({ process, atMs, how, lastLines }: EndedProcess): Evidence {
  return event(process, atMs, how, lastLines.length === 0 ? null : lastLines.join('\n'));
}

function timeOf(evidence: Evidence): number {
  return evidence.kind === 'event' ? evidence.atMs : 0;
}

function event(process: string, atMs: number, what: string, bytes: string | null = null): Evidence {
  return { kind: 'event', process, atMs, what, ...(bytes === null ? {} : { bytes }) };
}
