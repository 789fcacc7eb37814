/** An error, provoked by the request that is known to fail, by a service that goes away, or by a path that is none. */
import { type ErrorFacts, errorProbes } from '../../../factors/11-logs/probe-errors.ts';
import { nothingToSee, type Observation, seen } from '../../../factors/law.ts';
import { runExperiment } from '../../experiment.ts';
import type { Lab } from '../../lab/lab.ts';
import { untilQuiet } from '../../lab/quiet.ts';
import { rootRequest } from '../../lab/watched.ts';
import type { HttpRequest } from '../../scenario/scenario.ts';

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
  const before = web.output().length;
  const { sentAt } = await web.send({ request, token: lab.token(), signal: lab.signal });
  const provocation = `${request.method} ${request.path} was sent`;
  await untilQuiet([web], lab);
  const written = [{ process: web.name, lines: web.output().slice(before) }];
  await web.kill();
  return { process: web.name, written, provocation, provokedAtMs: sentAt, named };
}

async function provokeByLoss(lab: Lab): Promise<ErrorFacts> {
  const { services, outputs, provokedAtMs } = await lab.lost();
  return {
    process: services,
    written: outputs.map(({ process, lines, since }) => ({ process, lines: lines.slice(since) })),
    provocation: `${services} was taken away while requests came`,
    provokedAtMs,
    named: false,
  };
}
