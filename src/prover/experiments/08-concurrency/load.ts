/** Requests spread over three web processes of one deploy. */

import type { FailedRequest, LoadFacts } from '../../../factors/08-concurrency/probe-load.ts';
import { nothingToSee, type Observation, seen } from '../../../factors/law.ts';
import type { Answer } from '../../lab/http.ts';
import type { Instance, Lab, Readiness } from '../../lab/lab.ts';
import { rootRequest } from '../../lab/watched.ts';
import type { HttpRequest } from '../../scenario/scenario.ts';

const processes = 3;
const requestCount = 150;
const atOnce = 12;
/** No request is sent after this. */
const sendingMs = 15_000;
/** Of ten requests one writes, where the scenario has one that does. */
const writesEvery = 10;
const bodyShown = 300;

export async function collectLoad(lab: Lab): Promise<Observation<LoadFacts>> {
  if (lab.app.processTypes.web === undefined) return nothingToSee('The app has no web process');
  const deploy = await lab.deploy();
  const started = await Promise.all(Array.from({ length: processes }, () => deploy.start('web')));
  const tried = await Promise.all(
    started.map(async (instance) => ({ instance, readiness: await instance.ready, atMs: lab.now() })),
  );
  const ready = tried.filter(({ readiness }) => readiness.ready).map(({ instance }) => instance);
  const { cheap, read, write } = lab.subject.scenario.requests;
  await Promise.all(ready.map((instance) => instance.prepareFor([cheap, read, write], lab.signal)));
  const { sent, failures, refusals, requests } = await load(lab, ready);
  return seen({
    processes: tried.map(({ instance: { name }, readiness, atMs }) => ({
      name,
      failure: whyNot(readiness),
      atMs,
      answered: (sent.get(name) ?? 0) - failures.filter(({ process }) => process === name).length,
    })),
    sent: [...sent.values()].reduce((sum, count) => sum + count, 0),
    requests,
    failures,
    refusals,
  });
}

function whyNot(readiness: Readiness): string | null {
  return readiness.ready ? null : readiness.why;
}

/** One kind of request, and when its answer is a failure. */
interface Kind {
  readonly request: HttpRequest;
  readonly fails: (answer: Answer) => boolean;
}

/** What a read shows is another probe's: here it must be answered. */
const isUnanswered = ({ status }: Answer): boolean => status === null || status >= 500;

function kindsOf(lab: Lab): { readonly reading: readonly Kind[]; readonly writing: Kind | null } {
  const { cheap, read, write } = lab.subject.scenario.requests;
  const told = (request: HttpRequest | null, fails: Kind['fails']): readonly Kind[] =>
    request === null ? [] : [{ request, fails }];
  const first = told(cheap, ({ asExpected }) => !asExpected);
  return {
    reading: [...(cheap === null ? told(rootRequest, isUnanswered) : first), ...told(read, isUnanswered)],
    writing: told(write, isUnanswered)[0] ?? null,
  };
}

interface Loaded {
  /** How many by process. */
  readonly sent: ReadonlyMap<string, number>;
  readonly failures: readonly FailedRequest[];
  readonly refusals: readonly FailedRequest[];
  readonly requests: readonly string[];
}

async function load(lab: Lab, instances: readonly Instance[]): Promise<Loaded> {
  const { reading, writing } = kindsOf(lab);
  const sent = new Map<string, number>();
  const failures: FailedRequest[] = [];
  const refusals: FailedRequest[] = [];
  const names = [...reading, ...(writing === null ? [] : [writing])].map(({ request }) => nameOf(request));
  if (instances.length === 0) return { sent, failures, refusals, requests: names };
  const token = lab.token();
  const limit = lab.now() + sendingMs;
  let next = 0;
  const sendOn = async (): Promise<void> => {
    while (next < requestCount && lab.now() < limit) {
      const number = next;
      next += 1;
      const instance = instances[number % instances.length] as Instance;
      const writes = writing !== null && number % writesEvery === 0;
      const kind = writes
        ? writing
        : (reading[Math.floor(number / instances.length) % reading.length] as Kind);
      const answer = await instance.send({
        request: kind.request,
        token: writes ? lab.token() : token,
        signal: lab.signal,
      });
      sent.set(instance.name, (sent.get(instance.name) ?? 0) + 1);
      if (kind.fails(answer)) failures.push(failed(instance, kind.request, answer));
      else if (isRefused(kind.request, answer)) refusals.push(failed(instance, kind.request, answer));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sendOn));
  return { sent, failures: inOrder(failures), refusals: inOrder(refusals), requests: names };
}

function isRefused({ status: expected }: HttpRequest, { status }: Answer): boolean {
  return status !== null && status !== expected && status >= 400 && status < 500;
}

function inOrder(list: FailedRequest[]): readonly FailedRequest[] {
  return list.sort((a, b) => a.atMs - b.atMs);
}

function failed(
  { name }: Instance,
  request: HttpRequest,
  { atMs, status, failure, body }: Answer,
): FailedRequest {
  return { process: name, atMs, request: nameOf(request), status, failure, body: body.slice(0, bodyShown) };
}

function nameOf({ method, path }: HttpRequest): string {
  return `${method} ${path}`;
}
