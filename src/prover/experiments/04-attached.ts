/** Services of a deploy's own: moved to other servers by their variables, then stopped and started again. */

import { masked } from '../../factors/03-config/probe-secrets.ts';
import type { MovedRun, ServiceFacts } from '../../factors/04-backing-services/probe-attached.ts';
import { nothingToSee, type Observation, seen, unseen } from '../../factors/law.ts';
import type { Deploy, Instance, Lab } from '../lab/lab.ts';
import { attemptsOf } from './04-connects.ts';
import { lose } from './04-loss.ts';
import { ask, cheapOf, startAll } from './04-requests.ts';
import { secretsOf } from './deploy-secrets.ts';

export async function attached(lab: Lab): Promise<Observation<ServiceFacts>> {
  if ((lab.app.appJson?.services ?? []).length === 0) return nothingToSee('The app declares no service');
  if (lab.app.processTypes.web === undefined)
    return unseen('The app has no web process that could be asked what it keeps in its services');
  const [first, second] = await Promise.all([
    lab.deploy({ ownServers: true }),
    lab.deploy({ ownServers: true }),
  ]);
  if (first.services.length === 0)
    return unseen(
      `The app is run without what ${first.unprovided.join(', ')} names: the prover cannot start it`,
    );
  const services = first.services.map(({ kind, variable, port }, at) => ({
    kind,
    variable,
    oldPort: port,
    newPort: second.services[at]?.port ?? 0,
  }));
  const moved = await move(lab, first, second);
  const loss = await lose(lab, first);
  return seen({ services, moved, loss });
}

/** Every type of the first deploy, with nothing but the addresses of services from the second. */
async function move(lab: Lab, first: Deploy, second: Deploy): Promise<MovedRun> {
  const env = Object.fromEntries(second.services.map(({ variable, url }) => [variable, url]));
  const instances = await startAll(lab, first, { env, trace: true });
  const [web] = instances;
  if (web === undefined) throw new TypeError('No process was started');
  const readiness = await web.ready;
  const exchange = readiness.ready ? await writeAndRead(lab, web) : null;
  if (readiness.ready && exchange === null) await ask(web, cheapOf(lab), lab.token());
  await Promise.all(instances.map((instance) => instance.ready));
  const connects = instances.flatMap((instance) =>
    attemptsOf(instance).filter(({ own, port }) => !own && port !== 0),
  );
  const run = {
    process: web.name,
    atMs: lab.now(),
    failure: readiness.ready
      ? null
      : masked(readiness.why, [...secretsOf(first, lab), ...secretsOf(second, lab)]),
    exchange,
    connects: connects.map(({ process, atMs, port }) => ({ process, atMs, port })),
  };
  await Promise.all(instances.map((instance) => instance.kill()));
  return run;
}

/** Null too where the same requests are not answered as the scenario says with nothing changed: then they show nothing here. */
async function writeAndRead(lab: Lab, web: Instance): Promise<MovedRun['exchange']> {
  const { write, read } = lab.subject.scenario.requests;
  if (write === null || read === null) return null;
  const before = (await lab.watched()).exchanges.filter(({ role }) => role === 'write' || role === 'read');
  if (before.some(({ answer }) => !answer.asExpected)) return null;
  const token = lab.token();
  return { write: await ask(web, write, token), read: await ask(web, read, token) };
}
