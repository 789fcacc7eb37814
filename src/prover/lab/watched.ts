/**
 * One run that many experiments look at: every process type once, system calls recorded, and the requests of the scenario sent.
 *
 * ```
 * release phase ─► all types start ─► web is ready ─► cheap ─► write ─► read ─► job ─► cheap again ─► looked at
 * ```
 */

import type { HttpRequest } from '../scenario/scenario.ts';
import { Unobservable } from '../unobservable.ts';
import type { Answer, Sending } from './http.ts';
import type { Exchange, Instance, Lab, Watched } from './lab.ts';

const jobLimitMs = 15_000;
const askEveryMs = 100;
/** Between an answer and the next request: times are whole milliseconds, and tell what belongs to which. */
const apartMs = 20;

/** @throws Unobservable when strace is missing, or nothing can be deployed */
export async function watch(lab: Lab): Promise<Watched> {
  const deploy = await lab.deploy({ release: false });
  const release = await deploy.release({ trace: true });
  const types = Object.keys(lab.app.processTypes).sort((a, b) => Number(b === 'web') - Number(a === 'web'));
  const started = await Promise.all(types.map((type) => deploy.start(type, { trace: true })));
  const instances = await Promise.all(
    started.map(async (instance) => ({ instance, readiness: await instance.ready })),
  );
  const first = instances.find(({ instance, readiness }) => instance.type === 'web' && readiness.ready);
  const web = first?.instance ?? null;
  const readyAtMs = lab.now();
  const token = lab.token();
  const requestSecret = `secret${lab.token()}`;
  const exchanges = web === null ? [] : await exchangeAll(lab, { web, token, requestSecret });
  return { deploy, release, instances, web, exchanges, token, requestSecret, readyAtMs };
}

export interface Asking {
  readonly web: Instance;
  readonly token: string;
  readonly requestSecret: string;
}

/** The requests of the scenario, in order. */
export async function exchangeAll(
  lab: Lab,
  { web, token, requestSecret }: Asking,
): Promise<readonly Exchange[]> {
  const { requests, jobs } = lab.subject.scenario;
  const exchanges: Exchange[] = [];
  const cookie = `session=${requestSecret}`;
  // Who is signed in by a cookie has no other credentials: with a bearer token that nobody knows, an app may turn anybody away.
  const headersFor = ({ signedIn }: HttpRequest): Readonly<Record<string, string>> =>
    signedIn ? { cookie } : { authorization: `Bearer ${requestSecret}`, cookie };
  const ask = async (role: Exchange['role'], request: HttpRequest | null): Promise<Answer | null> => {
    if (request === null) return null;
    await lab.pause(apartMs);
    const sending: Sending = { request, token, headers: headersFor(request), signal: lab.signal };
    const answer = await web.send(sending);
    exchanges.push({ role, request, answer });
    return answer;
  };
  await ask('cheap', requests.cheap ?? rootRequest);
  await ask('write', requests.write);
  await ask('read', requests.read);
  if (jobs !== null) {
    await ask('enqueue', jobs.enqueue);
    const limit = lab.now() + jobLimitMs;
    for (let done = await web.send({ request: jobs.done, token }); ; ) {
      if (done.asExpected || lab.now() > limit) {
        exchanges.push({ role: 'done', request: jobs.done, answer: done });
        break;
      }
      await lab.pause(askEveryMs);
      done = await web.send({ request: jobs.done, token, headers: headersFor(jobs.done) });
    }
  }
  await ask('cheap', requests.cheap ?? rootRequest);
  return exchanges;
}

/** What a scenario that says nothing leaves: safe by definition. */
export const rootRequest: HttpRequest = {
  method: 'GET',
  path: '/',
  headers: {},
  body: null,
  encoding: 'none',
  takes: [],
  status: null,
  matches: null,
  signedIn: false,
};

/** For experiments whose every probe needs a web process. @throws Unobservable */
export function requireWeb({ web, instances }: Watched): Instance {
  if (web !== null) return web;
  const failed = instances.find(({ instance }) => instance.type === 'web');
  const why = failed?.readiness.ready === false ? failed.readiness.why : 'it has no web process';
  throw new Unobservable(`the app does not serve: ${why}`);
}
