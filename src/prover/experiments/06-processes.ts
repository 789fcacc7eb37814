/** Processes: two web processes of one deploy and a new one after both were killed, and what the watched one left on its disk. */

import type { Asked } from '../../factors/06-processes/probe-asked.ts';
import type { LocalFileFacts, Touch } from '../../factors/06-processes/probe-local-files.ts';
import type { SessionRun } from '../../factors/06-processes/probe-session.ts';
import type { StateFacts, StateRun, Way } from '../../factors/06-processes/probe-state.ts';
import { fileProbes, stateProbes } from '../../factors/06-processes/probes.ts';
import { nothingToSee, type Observation, seen } from '../../factors/law.ts';
import { runExperiment } from '../experiment.ts';
import type { Instance, Lab } from '../lab/lab.ts';
import type { TraceEvent } from '../lab/trace.ts';
import { rootRequest } from '../lab/watched.ts';
import type { HttpRequest, SessionScenario } from '../scenario/scenario.ts';
import { type Answered, ask, nameOf } from './asked.ts';
import { cookieHeader, cookiesSetBy } from './cookies.ts';

export const experiments = [
  runExperiment<StateFacts>({
    factor: 'processes',
    name: 'written through one process, read through another',
    probes: stateProbes,
    collect: collectState,
  }),
  runExperiment<LocalFileFacts>({
    factor: 'processes',
    name: 'what requests left on the disk',
    probes: fileProbes,
    collect: collectFiles,
  }),
];

/** A read may follow its write after a while, as over a replica. */
const followsWithinMs = 3_000;
const askEveryMs = 100;

async function collectState(lab: Lab): Promise<Observation<StateFacts>> {
  if (lab.app.processTypes.web === undefined) return nothingToSee('The app has no web process');
  const { requests, session } = lab.subject.scenario;
  const { write, read } = requests;
  const stateRun = write === null || read === null ? null : { write, read };
  if (stateRun === null && session === null)
    return seen({ state: untold(lab), session: await cookiesOfShared(lab) });

  const deploy = await lab.deploy();
  const pair = await Promise.all([deploy.up('web'), deploy.up('web')]);
  const [one, two] = pair;
  const there = stateRun === null ? null : await writeBothWays(lab, { ...stateRun, one, two });
  const visit = session === null ? null : await beginSession(session, { one, two });
  const endings = await Promise.all(pair.map((instance) => instance.kill()));
  const next = await deploy.start('web');
  const readiness = await next.ready;
  const failure = readiness.ready ? null : readiness.why;

  const state: StateRun =
    there === null || stateRun === null
      ? untold(lab)
      : {
          kind: 'run',
          ways: there.ways,
          restart: {
            killed: pair.map(({ name }, at) => ({ process: name, atMs: endings[at]?.atMs ?? lab.now() })),
            failure,
            reads:
              failure === null
                ? await Promise.all(
                    there.written.map(async ({ write, token }) => ({
                      write,
                      read: await readUntil(lab, { instance: next, request: stateRun.read, token }),
                    })),
                  )
                : [],
          },
        };
  if (visit === null || session === null) {
    const set = there?.answered.flatMap(cookiesOf) ?? [];
    const asked = there?.answered.map(({ asked }) => asked.request) ?? [];
    return seen({ state, session: { kind: 'untold', requests: [...new Set(asked)], cookies: set } });
  }
  const restarted =
    failure === null && visit.run.own?.asExpected === true
      ? (await ask(next, { request: session.check, headers: visit.headers })).asked
      : null;
  return seen({ state, session: { ...visit.run, restarted } });
}

function untold(lab: Lab): StateRun {
  return { kind: lab.subject.scenario.requests.writesNothing ? 'writes-nothing' : 'untold' };
}

async function cookiesOfShared(lab: Lab): Promise<SessionRun> {
  const { web } = await lab.shared();
  const { cheap, read } = lab.subject.scenario.requests;
  const requests = [rootRequest, ...[cheap, read].filter((request) => request !== null)];
  const answered = await Promise.all(
    requests.map((request) => ask(web, { request, token: lab.token(), signal: lab.signal })),
  );
  const names = answered.map(({ asked }) => asked.request);
  return { kind: 'untold', requests: [...new Set(names)], cookies: answered.flatMap(cookiesOf) };
}

function cookiesOf({ asked, answer }: Answered) {
  const { process, atMs, request } = asked;
  return [...cookiesSetBy(answer).keys()].map((name) => ({ process, atMs, request, name }));
}

interface Writing {
  readonly write: HttpRequest;
  readonly read: HttpRequest;
  readonly one: Instance;
  readonly two: Instance;
}

interface Written {
  readonly ways: readonly [Way, ...Way[]];
  /** What was read through the process that was written to. */
  readonly written: readonly { readonly write: Asked; readonly token: string }[];
  readonly answered: readonly Answered[];
}

async function writeBothWays(lab: Lab, { one, two, ...requests }: Writing): Promise<Written> {
  const there = await writeOneWay(lab, { ...requests, one, two });
  const root = await ask(one, { request: rootRequest, signal: lab.signal });
  if (there.way.own?.asExpected !== true) {
    return { ways: [there.way], written: [], answered: [root, there.answered] };
  }
  const back = await writeOneWay(lab, { ...requests, one: two, two: one });
  const both = [there, back];
  return {
    ways: [there.way, back.way],
    written: both.flatMap(({ way, token }) =>
      way.own?.asExpected === true ? [{ write: way.write, token }] : [],
    ),
    answered: [root, ...both.map(({ answered }) => answered)],
  };
}

async function writeOneWay(lab: Lab, { write, read, one, two }: Writing) {
  const token = lab.token();
  const answered = await ask(one, { request: write, token, signal: lab.signal });
  const wrote = answered.asked.asExpected;
  const own = wrote ? await readUntil(lab, { instance: one, request: read, token }) : null;
  const other =
    own?.asExpected === true ? await readUntil(lab, { instance: two, request: read, token }) : null;
  const way: Way = { write: answered.asked, own, other };
  return { way, token, answered };
}

interface Reading {
  readonly instance: Instance;
  readonly request: HttpRequest;
  readonly token: string;
}

/** Its answer as expected, or the last one when the time is over. */
async function readUntil(lab: Lab, { instance, request, token }: Reading): Promise<Asked> {
  const limit = lab.now() + followsWithinMs;
  for (;;) {
    const { asked } = await ask(instance, { request, token, signal: lab.signal });
    if (asked.asExpected || lab.now() > limit) return asked;
    await lab.pause(askEveryMs);
  }
}

async function beginSession(
  { begin, check }: SessionScenario,
  { one, two }: { readonly one: Instance; readonly two: Instance },
) {
  const { asked: begun, answer } = await ask(one, { request: begin });
  const jar = cookiesSetBy(answer);
  const headers = { cookie: cookieHeader(jar) };
  const begins = begun.asExpected && jar.size > 0;
  const stranger = begins ? (await ask(one, { request: check })).asked : null;
  const own = stranger?.asExpected === false ? (await ask(one, { request: check, headers })).asked : null;
  const other = own?.asExpected === true ? (await ask(two, { request: check, headers })).asked : null;
  const run = { kind: 'run', begin: begun, cookies: [...jar.keys()], stranger, own, other } as const;
  return { run, headers };
}

async function collectFiles(lab: Lab): Promise<Observation<LocalFileFacts>> {
  if (lab.app.processTypes.web === undefined) return nothingToSee('The app has no web process');
  const { instances, exchanges } = await lab.watched();
  const web = instances.find(({ instance }) => instance.type === 'web');
  if (web === undefined) return nothingToSee('The app has no web process');
  const { instance, readiness } = web;
  const { requests } = lab.subject.scenario;
  return seen({
    process: instance.name,
    failure: readiness.ready ? null : readiness.why,
    requests: exchanges.map(({ request, answer }) => ({ request: nameOf(request), sentAt: answer.sentAt })),
    touches: instance.trace().flatMap(touchesOf),
    writesKnown: requests.write !== null || requests.writesNothing,
  });
}

function touchesOf(event: TraceEvent): readonly Touch[] {
  const { kind, atMs } = event;
  if (kind === 'open' && event.ok) return [{ atMs, path: event.path, how: event.writes ? 'write' : 'read' }];
  if (kind === 'unlink' && event.to !== undefined) return [{ atMs, path: event.to, how: 'write' }];
  return [];
}
