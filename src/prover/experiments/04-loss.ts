/**
 * Servers that go away and come back, while requests are sent all the time.
 *
 * ```
 * requests ──●──●──●──✗──✗──✗──✗──●──●──●
 * servers  ────────┤ down      ├── up ───
 * ```
 */
import { masked, type SecretText } from '../../factors/03-config/probe-secrets.ts';
import type { Asked, EndedProcess, LossFacts } from '../../factors/04-backing-services/probe-attached.ts';
import type { Deploy, Ending, Instance, Lab } from '../lab/lab.ts';
import { lastWords } from '../lab/output.ts';
import type { HttpRequest } from '../scenario/scenario.ts';
import { Unobservable } from '../unobservable.ts';
import { ask, cheapOf, startAll } from './04-requests.ts';
import { secretsOf } from './deploy-secrets.ts';

const askEveryMs = 75;
/** Requests at once that make a pool open more than one connection. */
const widePool = 4;
/** Requests of a process that lets them hang. */
const mostAtOnce = 20;
const awayMs = 1_000;
const recoveryMs = 10_000;
/** A process may die of the return as of the loss. */
const watchedOnMs = 1_000;
/** So many answers one after the other are no luck of one connection in a pool. */
const inARow = 3;
const lastLinesKept = 12;

/** @throws Unobservable when web does not start */
export async function lose(lab: Lab, deploy: Deploy): Promise<LossFacts> {
  const instances = await startAll(lab, deploy);
  const [web] = instances;
  if (web === undefined) throw new TypeError('No process was started');
  const readiness = await Promise.all(instances.map((instance) => instance.ready));
  const failed = readiness[0];
  if (failed?.ready === false) throw new Unobservable(`web does not start: ${failed.why}`);
  const watched = instances.filter((_, at) => readiness[at]?.ready === true);
  const endings = watchEndings(watched);
  const asking = await beginAsking(lab, web);
  const connections = await countConnections(deploy);
  const times = { downAtMs: lab.now(), upAtMs: Number.POSITIVE_INFINITY };
  const [answers] = await Promise.all([
    askThrough(lab, { ...asking, times, isOver: () => endings.has(web) }),
    outage(lab, deploy, times),
  ]);
  await lab.pause(Math.max(0, times.upAtMs + watchedOnMs - lab.now()));
  const since = answers.filter(({ sentAt }) => sentAt >= times.upAtMs);
  return {
    ...times,
    request: asking.before.request,
    before: asking.before,
    connections,
    during: answers.filter(({ sentAt }) => sentAt < times.upAtMs),
    recovered: isBack(since) ? (since.at(-inARow) ?? null) : null,
    lastFailed: answers.findLast(({ asExpected }) => !asExpected) ?? null,
    limitMs: recoveryMs,
    ended: [...endings].map(([instance, ending]) => endedOf(instance, ending, secretsOf(deploy, lab))),
    processes: watched.map(({ name }) => name),
  };
}

/** Filled as they end. */
function watchEndings(instances: readonly Instance[]): ReadonlyMap<Instance, Ending> {
  const endings = new Map<Instance, Ending>();
  for (const instance of instances) void instance.ended.then((ending) => endings.set(instance, ending));
  return endings;
}

interface Asking {
  readonly web: Instance;
  readonly request: HttpRequest;
  readonly token: string;
  readonly before: Asked;
}

/** What was written is read all the time; without such requests, the cheap one is sent. */
async function beginAsking(lab: Lab, web: Instance): Promise<Asking> {
  const { write, read } = lab.subject.scenario.requests;
  const token = lab.token();
  if (write !== null && read !== null) await ask(web, write, token);
  const request = write !== null && read !== null ? read : cheapOf(lab);
  const before = await ask(web, request, token);
  // A pool then has connections that are idle when the server goes, beside those at work: each is lost in a way of its own.
  await Promise.all(Array.from({ length: widePool }, () => ask(web, request, token)));
  return { web, request, token, before };
}

async function countConnections({ services }: Deploy): Promise<number> {
  const counts = await Promise.all(services.map((service) => service.connections()));
  return counts.reduce((sum, each) => sum + each, 0);
}

interface Times {
  readonly downAtMs: number;
  /** Infinity until they are up. */
  upAtMs: number;
}

async function outage(lab: Lab, { services }: Deploy, times: Times): Promise<void> {
  await Promise.all(services.map((service) => service.down()));
  await lab.pause(awayMs);
  await Promise.all(services.map((service) => service.up()));
  times.upAtMs = lab.now();
}

interface Timed extends Asked {
  readonly sentAt: number;
}

interface AskingThrough extends Asking {
  readonly times: Times;
  readonly isOver: () => boolean;
}

/** Answers in the order in which they came; it ends when they are as before, or the time for that is over. */
async function askThrough(
  lab: Lab,
  { web, request, token, times, isOver }: AskingThrough,
): Promise<readonly Timed[]> {
  const answers: Timed[] = [];
  let open = 0;
  const send = async (): Promise<void> => {
    const sentAt = lab.now();
    open += 1;
    const asked = await ask(web, request, token);
    open -= 1;
    answers.push({ ...asked, sentAt });
  };
  const isDone = (): boolean =>
    isOver() ||
    lab.now() > times.upAtMs + recoveryMs ||
    isBack(answers.filter(({ sentAt }) => sentAt >= times.upAtMs));
  while (!isDone()) {
    if (open < mostAtOnce) void send();
    await lab.pause(askEveryMs);
  }
  return answers;
}

function isBack(since: readonly Asked[]): boolean {
  const last = since.slice(-inARow);
  return last.length === inARow && last.every(({ asExpected }) => asExpected);
}

function endedOf(
  { name, output }: Instance,
  { atMs, code, signal }: Ending,
  secrets: readonly SecretText[],
): EndedProcess {
  const lines = lastWords(output(), lastLinesKept);
  return {
    process: name,
    atMs,
    how: `ended with ${signal ?? `code ${code}`}`,
    lastLines: lines.map(({ text }) => masked(text, secrets).slice(0, 300)),
  };
}
