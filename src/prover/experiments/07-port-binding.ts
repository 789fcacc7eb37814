/** Port binding: two web processes of one deploy, at two ports at once. */
import { type PortFacts, type PortProcess, probes } from '../../factors/07-port-binding/probes.ts';
import { nothingToSee, type Observation, seen } from '../../factors/law.ts';
import { runExperiment } from '../experiment.ts';
import type { Instance, Lab } from '../lab/lab.ts';
import { programOf } from '../lab/proc.ts';

export const experiments = [
  runExperiment<PortFacts>({
    factor: 'port-binding',
    name: 'two processes at two ports',
    probes,
    collect,
  }),
];

async function collect(lab: Lab): Promise<Observation<PortFacts>> {
  if (lab.app.processTypes.web === undefined) return nothingToSee('The app has no web process');
  const deploy = await lab.deploy();
  const instances = await Promise.all([deploy.start('web'), deploy.start('web')]);
  return seen({ processes: await Promise.all(instances.map((instance) => look(instance, lab))) });
}

async function look(instance: Instance, lab: Lab): Promise<PortProcess> {
  const { name, port } = instance;
  const readiness = await instance.ready;
  const processes = new Map(instance.processes().map((each) => [each.pid, each]));
  const listeners = instance.listeners().map(({ address, port: at, pid }) => ({
    address,
    port: at,
    argv: processes.get(pid)?.argv ?? [],
    program: programOf(pid) ?? '',
  }));
  return {
    name,
    port,
    listeners,
    answered: readiness.ready,
    failure: readiness.ready ? null : readiness.why,
    atMs: lab.now(),
  };
}
