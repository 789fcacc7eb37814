/** The sandbox as builds use it: one step at a time, in the foreground of the process that builds. */

import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { BuildHost, BuildStep } from '../../builders/builder.ts';
import type { Exit } from '../../factors/06-processes/process.ts';
import type { LogBatch } from '../../factors/11-logs/log-batch.ts';
import { type Cgroups, openCgroups } from './cgroups.ts';
import { OutputReader } from './output-reader.ts';
import { isAlive, markedIn, markOf, ownIdentity, sendSignal } from './proc.ts';
import { Pump } from './pump.ts';
import { clearRemains } from './remains.ts';
import { readClaim, readEnding, removeTree, voidClaim } from './run-folder.ts';
import { openPipes } from './sandbox/pipes.ts';
import { launch, prepare, type Sandbox } from './sandbox/sandbox.ts';
import type { Person } from './sandbox/skeleton.ts';
import { holdStep } from './step-limits.ts';
import { isolationRefused } from './trial.ts';
import { openWalls, type Walls } from './walls.ts';

export interface BuildHostOptions {
  /** For the runs of steps, closed to others. */
  readonly folder: string;
  /** Names this platform's branch of the cgroups. */
  readonly name: string;
  readonly person: Person & { readonly kind: 'host' | 'self' };
  readonly clock: Clock;
  /** Whether a step ends with the process that builds, however that ends; else `sweepSteps` ends it. */
  readonly leashed?: boolean;
}

export async function openBuildHost(options: BuildHostOptions): Promise<BuildHost> {
  mkdirSync(path.join(options.folder, 'runs'), { recursive: true, mode: 0o700 });
  const walls = await openWalls(options.folder, `builds-${process.pid}-${options.clock.now()}`);
  const context = { ...options, walls, cgroups: openCgroups(options.name) };
  const { kind, uid, gid } = options.person;
  return { user: kind === 'host' ? { uid, gid } : null, run: (step) => run(step, context) };
}

/** Ends the steps of builds whose own process is gone, and takes away what they left. */
export async function sweepSteps({
  folder,
  name,
  clock,
}: Pick<BuildHostOptions, 'folder' | 'name' | 'clock'>): Promise<void> {
  const runs = path.join(folder, 'runs');
  if (!existsSync(runs)) return;
  const cgroups = openCgroups(name);
  for (const instance of readdirSync(runs)) {
    const builder = markedIn(instance);
    if (builder !== null && isAlive(builder)) continue;
    const step = path.join(runs, instance);
    const status = path.join(step, 'status');
    voidClaim(status);
    const claim = readClaim(status);
    if (claim.kind === 'held') {
      if (isAlive(claim.init)) sendSignal(claim.init.pid, 'SIGKILL');
      while (isAlive(claim.init)) await clock.sleep(2);
    }
    await clearRemains({ instance, folder: step, status }, { clock, cgroups });
  }
}

/** Compilers and package managers start many. */
const tasksOfStep = 4096;
const lookAtPumpEveryMs = 2_000;

interface Context extends BuildHostOptions {
  readonly walls: Walls;
  readonly cgroups: Cgroups | null;
}

async function run(step: BuildStep, context: Context): Promise<Exit> {
  step.signal.throwIfAborted();
  const folder = mkdtempSync(path.join(context.folder, `runs/step-${markOf(ownIdentity())}-`));
  const name = path.basename(folder);
  const output = outputOf(folder, step, context);
  try {
    const sandbox = await sandboxOf({ folder, name }, step, context);
    prepare(sandbox, openPipes(path.join(folder, 'pipes'), { ahead: 1 }));
    output.start();
    const exit = await waitFor(sandbox, step, context);
    output.finish();
    step.signal.throwIfAborted();
    const isWell = exit.kind === 'code' && exit.code === 0;
    return context.cgroups !== null && !isWell && context.cgroups.memoryKills(name) > 0
      ? { kind: 'memory', limit: step.memoryLimit }
      : exit;
  } finally {
    output.stop();
    await removeTree(folder);
    await removeTree(`${step.upper}.work`);
    context.cgroups?.remove(name);
  }
}

async function sandboxOf(
  { folder, name }: { readonly folder: string; readonly name: string },
  step: BuildStep,
  context: Context,
): Promise<Sandbox> {
  const { walls, person, cgroups } = context;
  const shown = step.shown.map((file) => ({ source: file, target: file, writable: false }));
  return {
    folder,
    status: path.join(folder, 'status'),
    identity: person,
    lowers: [...step.lowers, ...(await walls.lowers(person))],
    upper: step.upper,
    binds: [...walls.binds, ...shown],
    network: step.network ? 'host' : 'none',
    hostname: 'build',
    environment: step.env,
    command: { argv: step.argv },
    directory: step.cwd,
    cgroups: cgroups?.make(name, { memory: step.memoryLimit, tasks: tasksOfStep, cpu: null }) ?? [],
    tasks: tasksOfStep,
    holds: false,
    leashed: context.leashed === true,
    fileBytes: step.diskLimit,
    niceness: step.nice,
    attached: null,
  };
}

function outputOf(folder: string, step: BuildStep, { clock }: Context): OutputReader {
  const keeper = {
    append: (_owner: string, batch: LogBatch) => step.onOutput(Buffer.from(batch.bytes)),
    position: () => ({ end: 0, sequence: 0 }),
    forget: () => undefined,
  };
  const source = { folder, ownerId: 'build', instance: 'build', process: 'build' };
  return new OutputReader(source, { keeper, now: () => clock.now(), onBatch: () => undefined });
}

/** Until the sandbox is gone and the pump has ended: nothing of the step is left. */
async function waitFor(sandbox: Sandbox, step: BuildStep, { clock, cgroups }: Context): Promise<Exit> {
  const pump = new Pump(sandbox.folder);
  const child = launch(sandbox);
  const kill = (): void => {
    const pid = initOf(sandbox);
    if (pid === null) child.kill('SIGKILL');
    else sendSignal(pid, 'SIGKILL');
  };
  const held = holdStep({
    upper: step.upper,
    disk: step.diskLimit,
    memory: cgroups === null ? step.memoryLimit : null,
    init: () => initOf(sandbox),
    kill,
    now: () => clock.monotonic(),
  });
  step.signal.addEventListener('abort', kill, { once: true });
  const pumpWatch = setInterval(() => {
    if (pump.isGone) pump.restart();
  }, lookAtPumpEveryMs);
  try {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    while (pump.isRunning) await clock.sleep(2);
    pump.finish();
  } finally {
    pump.release();
    step.signal.removeEventListener('abort', kill);
    clearInterval(pumpWatch);
    held.stop();
  }
  const exit = readEnding(sandbox.status)?.exit;
  if (exit?.kind === 'not-started' || readClaim(sandbox.status).kind === 'none')
    throw isolationRefused(sandbox.folder);
  return held.exit(exit ?? { kind: 'unknown', why: 'its monitor was killed' });
}

/** Null: it was not begun, or is over. */
function initOf({ status }: Sandbox): number | null {
  const claim = readClaim(status);
  return claim.kind === 'held' && isAlive(claim.init) ? claim.init.pid : null;
}
