/** SIGTERM to web with a slow request in flight, while new requests come. */
import {
  droppedOf,
  type NewRequest,
  type ShutdownFacts,
  type SlowFact,
  shutdownProbes,
} from '../../../factors/09-disposability/probe-requests.ts';
import { nothingToSee, type Observation, seen } from '../../../factors/law.ts';
import { runExperiment } from '../../experiment.ts';
import type { Answer } from '../../lab/http.ts';
import type { Deploy, Instance, Lab } from '../../lab/lab.ts';
import { rootRequest } from '../../lab/watched.ts';
import type { HttpRequest, Scenario, SlowRequest } from '../../scenario/scenario.ts';
import { beginSlow, type Lasting } from './slow-request.ts';

export const requests = runExperiment<ShutdownFacts>({
  factor: 'disposability',
  name: 'SIGTERM with a slow request in flight',
  probes: shutdownProbes,
  collect,
});

async function collect(lab: Lab): Promise<Observation<ShutdownFacts>> {
  if (lab.app.processTypes.web === undefined) return nothingToSee('The app has no web process');
  const deploy = await lab.deploy();
  const first = await shutDown(deploy, lab);
  const lost = droppedOf(first.news).length > 0;
  const second = lost ? await shutDown(deploy, lab) : null;
  return seen({
    process: first.process,
    sigtermAtMs: first.sigtermAtMs,
    before: first.before,
    slow: first.slow,
    rounds: [first.news, ...(second === null ? [] : [second.news])],
  });
}

interface Shutdown {
  readonly process: string;
  readonly sigtermAtMs: number;
  /** Status of a request before it. */
  readonly before: number | null;
  readonly slow: SlowFact | null;
  readonly news: readonly NewRequest[];
}

/** New requests come so long before SIGTERM. */
const leadMs = 100;
/** The listener closes within this, or the slow request is let go on all the same. */
const closesWithinMs = 1_000;
/** Requests come until the process has ended, or so long after the slow one was answered. */
const tailMs = 500;

async function shutDown(deploy: Deploy, lab: Lab): Promise<Shutdown> {
  const web = await deploy.up('web');
  const request = lab.subject.scenario.requests.cheap ?? rootRequest;
  const how = slowOf(lab.subject.scenario);
  const lasting = how === null ? null : await beginSlow(how, { web, deploy, lab });
  // Connections are taken in turn: once this one is answered, the slow one has been taken.
  const { status: before } = await web.send({ request, signal: lab.signal });
  const stream = startStream(web, { request, lab });
  await lab.pause(leadMs);
  const inFlight = lasting?.inFlight() ?? false;
  const sigtermAtMs = lab.now();
  web.signal('SIGTERM');
  await Promise.race([stream.refused, web.ended, lab.pause(closesWithinMs)]);
  await lasting?.letGo();
  const answer = (await lasting?.answer) ?? null;
  await Promise.race([web.ended, lab.pause(tailMs)]);
  await lab.pause(2 * everyMs);
  const news = await stream.stop();
  await web.kill();
  const slow = lasting === null || answer === null ? null : slowFact(lasting, { answer, inFlight });
  return { process: web.name, sigtermAtMs, before, slow, news };
}

/** What the scenario says, or a write whose body can be sent in two halves. */
function slowOf({ requests: { slow, write } }: Scenario): SlowRequest | null {
  if (slow !== null) return slow;
  return write?.body == null ? null : { by: 'body', request: write };
}

function slowFact(
  { how }: Lasting,
  { answer, inFlight }: { readonly answer: Answer; readonly inFlight: boolean },
): SlowFact {
  const { sentAt, atMs, status, failure, asExpected, body } = answer;
  const request = `${how.request.method} ${how.request.path}`;
  return { request, by: how.by, sentAt, atMs, status, failure, asExpected, body, inFlight };
}

interface Stream {
  /** Resolves when a request was refused at connect. */
  readonly refused: Promise<void>;
  /** Sends no more, and waits for the answers. */
  stop(): Promise<readonly NewRequest[]>;
}

const everyMs = 20;
const answerMs = 5_000;

function startStream(
  web: Instance,
  { request, lab }: { readonly request: HttpRequest; readonly lab: Lab },
): Stream {
  const sent: Promise<NewRequest>[] = [];
  const { promise: refused, resolve } = Promise.withResolvers<void>();
  const sendOne = async (): Promise<NewRequest> => {
    const answer = await web.send({ request, timeoutMs: answerMs, signal: lab.signal });
    if (answer.failure === 'ECONNREFUSED') resolve();
    const { sentAt, atMs, status, failure } = answer;
    return { sentAt, atMs, status, failure };
  };
  const timer = setInterval(() => sent.push(sendOne()), everyMs);
  const stop = (): Promise<readonly NewRequest[]> => {
    clearInterval(timer);
    return Promise.all(sent);
  };
  lab.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  return { refused, stop };
}
