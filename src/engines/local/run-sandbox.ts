/** From what was asked of a run to the sandbox that does it. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Cgroups } from './cgroups.ts';
import type { Host } from './host.ts';
import type { Run } from './run-folder.ts';
import type { Bind } from './sandbox/fstab.ts';
import { localNames, withLocalNames } from './sandbox/local-names.ts';
import type { Attached, Sandbox } from './sandbox/sandbox.ts';
import type { Walls } from './walls.ts';

/** Processes and threads of one run. */
export const tasksOfProcess = 1024;

export interface Place {
  readonly folder: string;
  readonly status: string;
  /** Of this run alone: they are in no order on disk. */
  readonly variables: Readonly<Record<string, string>>;
  readonly attached: Attached | null;
}

export async function sandboxOf(
  run: Run,
  place: Place,
  { host, walls, cgroups }: { readonly host: Host; readonly walls: Walls; readonly cgroups: Cgroups | null },
): Promise<Sandbox> {
  const person = host.person(run.owner.id);
  const own = await host.environment(run.spec.environment);
  const environment = { ...own, ...place.variables };
  const port = run.port === null ? {} : { PORT: String(run.port) };
  const limits = { memory: run.spec.memoryLimit, tasks: tasksOfProcess, cpu: run.spec.cpu };
  return {
    folder: place.folder,
    status: place.status,
    attached: place.attached,
    identity: person,
    lowers: [...(await host.layers(run.spec, person)), ...(await walls.lowers(person))],
    upper: path.join(place.folder, 'upper'),
    binds: [
      ...walls.binds.map((bind) => withHosts(bind, { folder: place.folder, environment })),
      ...walls.volumes(run.owner.id, run.spec.volumes, person),
    ],
    network: 'host',
    hostname: run.process.replaceAll(/[^a-zA-Z0-9-]/g, '-').slice(0, 63),
    environment: { ...environment, ...port, DYNO: run.process },
    command: run.spec.command,
    directory: '/app',
    cgroups: cgroups?.make(run.instance, limits) ?? [],
    tasks: limits.tasks,
    holds: true,
    // It would bind the files of volumes too.
    fileBytes: run.spec.volumes.length === 0 ? run.spec.diskLimit : null,
    niceness: 0,
  };
}

/** The machine's `/etc/hosts`, or a copy of it with the names under `localhost` that the process is told of. */
function withHosts(
  bind: Bind,
  { folder, environment }: { readonly folder: string; readonly environment: Sandbox['environment'] },
): Bind {
  const names = bind.target === '/etc/hosts' ? localNames(environment) : [];
  if (names.length === 0) return bind;
  const source = path.join(folder, 'hosts');
  writeFileSync(source, withLocalNames(readFileSync(bind.source, 'utf8'), names));
  chmodSync(source, 0o644);
  return { ...bind, source };
}
