/** An error, provoked by the request that is known to fail, by a service that goes away, or by a path that is none. */
import { type ErrorFacts, errorProbes, type WrittenAfter } from '../../../factors/11-logs/probe-errors.ts';
import { nothingToSee, type Observation, seen } from '../../../factors/law.ts';
import { runExperiment } from '../../experiment.ts';
import type { Deploy, Instance, Lab } from '../../lab/lab.ts';
import { rootRequest } from '../../lab/watched.ts';
import type { HttpRequest } from '../../scenario/scenario.ts';
import { untilQuiet } from './quiet.ts';

export const errors = runExperiment<ErrorFacts>({
  factor: 'logs',
  name: 'an error, and how it is logged',
  probes: errorProbes,
  collect,
});

/** Its percent signs are not followed by what makes a text. */
const malformed: HttpRequest = { ...rootRequest, path: '/%E0%A4%A' };

async function collect(lab: Lab): Promise<Observation<ErrorFacts>> {
  if (lab.app.processTypes.web === undefined) return nothingToSee('The app has no web process');
  const { fail } = lab.subject.scenario.requests;
  const losable = (lab.app.appJson?.services ?? []).length > 0;
  if (fail === null)
    return seen(
      losable ? await provokeByLoss(lab) : await provokeByRequest(malformed, { lab, named: false }),
    );
  const asked = await provokeByRequest(fail, { lab, named: true });
  if (!losable) return seen(asked);
  const lost = await provokeByLoss(lab);
  return seen({
    ...asked,
    written: [...asked.written, ...lost.written],
    provocation: `${asked.provocation}, and ${lost.provocation}`,
  });
}

/** In a process of its own: it may end. */
async function provokeByRequest(
  request: HttpRequest,
  { lab, named }: { readonly lab: Lab; readonly named: boolean },
): Promise<ErrorFacts> {
  const { deploy } = await lab.shared();
  const web = await deploy.up('web');
  await untilQuiet([web], lab);
  const listening = listenTo([web]);
  const { sentAt } = await web.send({ request, token: lab.token(), signal: lab.signal });
  const provocation = `${request.method} ${request.path} was sent`;
  const written = await listening.untilQuiet(lab);
  await web.kill();
  return { process: web.name, written, provocation, provokedAtMs: sentAt, named };
}

async function provokeByLoss(lab: Lab): Promise<ErrorFacts> {
  const deploy = await lab.deploy({ ownServers: true });
  const [web, others] = await Promise.all([deploy.up('web'), startOthers(lab, deploy)]);
  const { cheap, read } = lab.subject.scenario.requests;
  const asked = [rootRequest, cheap, read].filter((each) => each !== null);
  const askAll = async (): Promise<void> => {
    for (const request of asked) await web.send({ request, token: lab.token(), signal: lab.signal });
  };
  await askAll();
  const listening = listenTo([web, ...others]);
  const provokedAtMs = lab.now();
  await Promise.all([...deploy.services.map((service) => service.down()), askAll()]);
  await askAll();
  const names = deploy.services.map(({ kind }) => kind).join(' and ');
  try {
    return {
      process: names,
      written: await listening.untilQuiet(lab),
      provocation: `${names} was taken away while requests came`,
      provokedAtMs,
      named: false,
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

interface Listening {
  /** What each writes from when it was listened to until all have been quiet for a moment. */
  untilQuiet(lab: Lab): Promise<readonly WrittenAfter[]>;
}

function listenTo(instances: readonly Instance[]): Listening {
  const heard = instances.map((instance) => ({ instance, before: instance.output().length }));
  return {
    async untilQuiet(lab) {
      await untilQuiet(instances, lab);
      return heard.map(({ instance, before }) => ({
        process: instance.name,
        lines: instance.output().slice(before),
      }));
    },
  };
}
