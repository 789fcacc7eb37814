/**
 * One loss that many experiments look at: every service is taken away at once, while requests come.
 *
 * ```
 * all types start ─► requests ─► services go, requests ─► requests ─► all quiet ─► looked at
 * ```
 */
import type { Deploy, Instance, Lab, Lost } from './lab.ts';
import { untilQuiet } from './quiet.ts';
import { rootRequest } from './watched.ts';

/** @throws Unobservable when nothing can be deployed, or web does not start */
export async function lose(lab: Lab): Promise<Lost> {
  const deploy = await lab.deploy({ ownServers: true });
  const [web, others] = await Promise.all([deploy.up('web'), startOthers(lab, deploy)]);
  const instances = [web, ...others];
  const { cheap, read } = lab.subject.scenario.requests;
  const asked = [rootRequest, cheap, read].filter((each) => each !== null);
  const askAll = async (): Promise<void> => {
    const sending = { token: lab.token(), signal: lab.signal };
    await Promise.all(asked.map((request) => web.send({ request, ...sending })));
  };
  await askAll();
  const before = instances.map(({ output }) => output().length);
  const provokedAtMs = lab.now();
  try {
    await Promise.all([...deploy.services.map((service) => service.down()), askAll()]);
    await askAll();
    await untilQuiet(instances, lab);
    return {
      deploy,
      services: deploy.services.map(({ kind }) => kind).join(' and '),
      outputs: instances.map(({ name, output }, at) => {
        return { process: name, lines: [...output()], since: before[at] ?? 0 };
      }),
      provokedAtMs,
    };
  } finally {
    await Promise.all(deploy.services.map((service) => service.up()));
  }
}

/** One of each other type; whether those stay is for others to judge. */
async function startOthers(lab: Lab, deploy: Deploy): Promise<readonly Instance[]> {
  const types = Object.keys(lab.app.processTypes).filter((type) => type !== 'web');
  const started = await Promise.all(types.map((type) => deploy.start(type)));
  await Promise.all(started.map(({ ready }) => ready));
  return started;
}
