/**
 * One empty sandbox, tried before the first real one: a kernel that refuses is told at once and by name, not as the crash of
 * somebody's app.
 */
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type DozenError, platformError } from '../../base/error.ts';
import { unlessGone } from './proc.ts';
import { segmentFile, segmentsIn } from './pump.ts';
import { readEnding, removeTree } from './run-folder.ts';
import type { Pipes } from './sandbox/pipes.ts';
import { launch, prepare, type Sandbox } from './sandbox/sandbox.ts';
import type { Walls } from './walls.ts';

export interface Trial {
  /** For the trial alone. */
  readonly folder: string;
  readonly walls: Walls;
  readonly pipes: Pipes;
}

/** @throws ISOLATION_REFUSED with what the kernel said and what would change it. */
export async function tryIsolation({ folder, walls, pipes }: Trial): Promise<void> {
  await removeTree(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const status = path.join(folder, 'status');
  const identity = process.getuid?.() === 0 ? nobody : self();
  const sandbox: Sandbox = {
    folder,
    status,
    identity,
    lowers: await walls.lowers(identity),
    upper: path.join(folder, 'upper'),
    binds: walls.binds,
    network: 'host',
    hostname: 'trial',
    environment: {},
    command: { argv: ['/bin/true'] },
    directory: '/',
    cgroups: [],
    tasks: 16,
    holds: false,
    fileBytes: null,
    niceness: 0,
    attached: null,
  };
  prepare(sandbox, pipes);
  await once(launch(sandbox), 'exit');
  const exit = readEnding(status)?.exit;
  if (exit?.kind !== 'code' || exit.code !== 0) {
    throw isolationRefused(folder);
  }
  await removeTree(folder);
}

/** @param folder of the run that could not be set up. */
export function isolationRefused(folder: string): DozenError {
  const files = [
    'setup.log',
    ...segmentsIn(folder).map((number) => path.basename(segmentFile(folder, number))),
  ];
  const words = files.map((file) => readFileSync(path.join(folder, file), 'utf8')).join('');
  const complaint = words.trim().replaceAll(/\s+/g, ' ').slice(-500);
  return platformError('ISOLATION_REFUSED', `Cannot isolate processes on this machine: ${complaint}`, {
    hint: process.getuid?.() === 0 ? asRoot : asUser(),
  });
}

const nobody = { kind: 'host', uid: 65_534, gid: 65_534 } as const;

function self(): Sandbox['identity'] {
  return { kind: 'self', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

const asRoot =
  'Run Dozen as root of the machine itself, or as an ordinary user: in a container root may not make namespaces';

const switches = [
  { name: 'kernel.unprivileged_userns_clone', refuses: (value: number) => value === 0, better: 1 },
  {
    name: 'kernel.apparmor_restrict_unprivileged_userns',
    refuses: (value: number) => value === 1,
    better: 0,
  },
  { name: 'user.max_user_namespaces', refuses: (value: number) => value < 1_000, better: 15_000 },
] as const;

/** The first of the machine's switches that forbids it. */
function asUser(): string {
  for (const { name, refuses, better } of switches) {
    const value = unlessGone(() => readFileSync(`/proc/sys/${name.replace('.', '/')}`, 'utf8'));
    if (value !== null && refuses(Number(value)))
      return `Type sudo sysctl ${name}=${better}, or run Dozen as root`;
  }
  return 'Run Dozen as root, or see what unshare --user --map-root-user --mount true says';
}
