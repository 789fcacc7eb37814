/** An error, provoked by the request that is known to fail, by a service that goes away, or by a path that is none. */
import { type ErrorFacts, errorProbes } from '../../../factors/11-logs/probe-errors.ts';
import { nothingToSee, type Observation, seen } from '../../../factors/law.ts';
import { runExperiment } from '../../experiment.ts';
import type { Instance, Lab } from '../../lab/lab.ts';
import { rootRequest } from '../../lab/watched.ts';
import type { HttpRequest } from '../../scenario/scenario.ts';

export const errors = runExperiment<ErrorFacts>({
  factor: 'logs',
  name: 'an error',
  probes: errorProbes,
  collect,
});

/** Its percent signs are not followed by what makes a text. */
const malformed: HttpRequest = { ...rootRequest, path: '/%E0%A4%A' };

async function collect(lab: Lab): Promise<Observation<ErrorFacts>> {
  if (lab.app.processTypes.web === undefined) return nothingToSee('The app has no web process');
  const { fail } = lab.subject.scenario.requests;
  if (fail !== null) return seen(await provokeByRequest(fail, { lab, named: true }));
  const declared = lab.app.appJson?.services ?? [];
  return seen(
    declared.length > 0 ? await provokeByLoss(lab) : await provokeByRequest(malformed, { lab, named: false }),
  );
}

/** In a process of its own: it may end. */
async function provokeByRequest(
  request: HttpRequest,
  { lab, named }: { readonly lab: Lab; readonly named: boolean },
): Promise<ErrorFacts> {
  const { deploy } = await lab.shared();
  const web = await deploy.up('web');
  const before = web.output().length;
  const { atMs } = await web.send({ request, token: lab.token(), signal: lab.signal });
  const provocation = `${request.method} ${request.path} was sent`;
  const facts = await hear(web, { before, lab });
  await web.kill();
  return { ...facts, provocation, provokedAtMs: atMs, named };
}

async function provokeByLoss(lab: Lab): Promise<ErrorFacts> {
  const deploy = await lab.deploy({ ownServers: true });
  const web = await deploy.up('web');
  const { cheap, read } = lab.subject.scenario.requests;
  const asked = [rootRequest, cheap, read].filter((each) => each !== null);
  const askAll = async (): Promise<void> => {
    for (const request of asked) await web.send({ request, token: lab.token(), signal: lab.signal });
  };
  await askAll();
  const before = web.output().length;
  const provokedAtMs = lab.now();
  await Promise.all([...deploy.services.map((service) => service.down()), askAll()]);
  await askAll();
  const names = deploy.services.map(({ kind }) => kind).join(' and ');
  try {
    const facts = await hear(web, { before, lab });
    return {
      ...facts,
      provocation: `${names} was taken away while requests came`,
      provokedAtMs,
      named: false,
    };
  } finally {
    await Promise.all(deploy.services.map((service) => service.up()));
  }
}

const longestMs = 2_000;
const quietMs = 250;

/** What it writes until it has been quiet for a moment. */
async function hear(
  web: Instance,
  { before, lab }: { readonly before: number; readonly lab: Lab },
): Promise<Pick<ErrorFacts, 'process' | 'lines'>> {
  const limit = lab.now() + longestMs;
  for (let length = -1; length !== web.output().length && lab.now() < limit; ) {
    length = web.output().length;
    await lab.pause(quietMs);
  }
  return { process: web.name, lines: web.output().slice(before) };
}
