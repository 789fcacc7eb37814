/** SIGTERM to one idle process of each type, with the connections that the services count. */
import {
  type ConnectionFact,
  type StopFact,
  type StopFacts,
  stopProbes,
} from '../../../factors/09-disposability/probe-stop.ts';
import { nothingToSee, type Observation, seen } from '../../../factors/law.ts';
import { runExperiment } from '../../experiment.ts';
import type { Instance, Lab } from '../../lab/lab.ts';
import type { Service } from '../../lab/service.ts';
import { rootRequest } from '../../lab/watched.ts';
import { endWithin, graceOf, howItEnded } from './end.ts';

export const stop = runExperiment<StopFacts>({
  factor: 'disposability',
  name: 'SIGTERM to idle processes',
  probes: stopProbes,
  collect,
});

/** Within this a server has seen that a client is gone. */
const seenMs = 2_000;
const askEveryMs = 50;

async function collect(lab: Lab): Promise<Observation<StopFacts>> {
  const types = Object.keys(lab.app.processTypes);
  if (types.length === 0) return nothingToSee('The app has no process type');
  const deploy = await lab.deploy();
  const instances = await Promise.all(types.map((type) => deploy.start(type)));
  const failures = await Promise.all(instances.map(failureOf));
  await useServices(instances, lab);
  const before = await Promise.all(deploy.services.map((service) => count(service, lab)));
  const stops = await Promise.all(
    instances.map((instance, at) => stopOne(instance, { failure: failures[at] ?? null, lab })),
  );
  const after = await Promise.all(deploy.services.map((service) => countLeft(service, lab)));
  const connections = deploy.services.map(({ kind }, at): ConnectionFact => {
    const [was, is] = [before[at] ?? nothingCounted, after[at] ?? nothingCounted];
    return { service: kind, before: was.count, after: is.count, beforeAtMs: was.atMs, afterAtMs: is.atMs };
  });
  return seen({ stops, connections, unprovided: deploy.unprovided });
}

interface Count {
  readonly count: number;
  readonly atMs: number;
}

const nothingCounted: Count = { count: 0, atMs: 0 };

async function failureOf(instance: Instance): Promise<string | null> {
  const readiness = await instance.ready;
  return readiness.ready ? null : readiness.why;
}

/** A process that connects when it is first asked has a connection then. */
async function useServices(instances: readonly Instance[], lab: Lab): Promise<void> {
  const { cheap, read } = lab.subject.scenario.requests;
  const web = instances.find(({ type }) => type === 'web');
  for (const request of [cheap ?? rootRequest, read]) {
    if (request !== null) await web?.send({ request, token: lab.token(), signal: lab.signal });
  }
}

async function stopOne(
  instance: Instance,
  { failure, lab }: { readonly failure: string | null; readonly lab: Lab },
): Promise<StopFact> {
  const atMs = lab.now();
  const waitedMs = graceOf(lab, instance.type);
  instance.signal('SIGTERM');
  const ending = await endWithin(instance, waitedMs, lab);
  return {
    process: instance.name,
    type: instance.type,
    atMs,
    endedAfterMs: ending === null ? null : Math.max(0, ending.atMs - atMs),
    waitedMs,
    how: howItEnded(ending),
    failure,
  };
}

async function count(service: Service, lab: Lab): Promise<Count> {
  return { count: await service.connections(), atMs: lab.now() };
}

async function countLeft(service: Service, lab: Lab): Promise<Count> {
  const limit = lab.now() + seenMs;
  let left = await count(service, lab);
  while (left.count > 0 && lab.now() < limit) {
    await lab.pause(askEveryMs);
    left = await count(service, lab);
  }
  return left;
}
