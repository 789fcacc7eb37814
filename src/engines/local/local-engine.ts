/**
 * The engine of one machine: processes in sandboxes on util-linux, no daemon beside this one (see engine.ts for what it
 * promises, sandbox.ts for the walls, owner-runner.ts for the rollout).
 *
 * ```
 * engine/owners/<owner>.json      what is wanted, and what was reached last
 * engine/runs/<instance>/         one run each; engine/status/ how they go
 * engine/history/<owner>.json     how its processes ended
 * engine/volumes/<owner>/<name>/  what outlives processes
 * engine/base/                    skeletons and identities
 * ```
 */
import { mkdirSync, readdirSync, rmSync, watch } from 'node:fs';
import path from 'node:path';
import { platformError } from '../../base/error.ts';
import { sentencesOf } from '../../factors/06-processes/exit-sentence.ts';
import type { Endpoint } from '../../factors/07-port-binding/route.ts';
import type { LogLine } from '../../factors/11-logs/log-line.ts';
import type {
  Desired,
  EdgeRules,
  Ended,
  Engine,
  Observation,
  OneOff,
  OneOffSpec,
  Owner,
  ProcessSpec,
  ProcessView,
  Rollout,
  Selection,
} from '../engine.ts';
import { type Attachment, openPipe } from './attachment.ts';
import { openCgroups } from './cgroups.ts';
import { holdDiskQuotas } from './disk-quota.ts';
import { Feed } from './feed.ts';
import { endedOf, History } from './history.ts';
import type { Host } from './host.ts';
import { holdLimits } from './limits.ts';
import { type Given, LocalProcess, type ProcessContext } from './local-process.ts';
import { OneOffs } from './one-offs.ts';
import { forgetOwner, OwnerFile, type OwnerState, readOwners } from './owner-file.ts';
import { type OwnerContext, OwnerRunner, processUnknown } from './owner-runner.ts';
import { bootId } from './proc.ts';
import { type Run, readRun, removeTree, voidClaim } from './run-folder.ts';
import { openPipes } from './sandbox/pipes.ts';
import { openTerminal } from './terminal.ts';
import { tryIsolation } from './trial.ts';
import { openVoice, type Voice } from './voice.ts';
import { openWalls } from './walls.ts';

const probeEveryMs = 10;
const sweepEveryMs = 2_000;
const slowSweepEveryMs = 20_000;
const killEveryMs = 100;
const pipesAhead = 16;

export async function openLocalEngine(host: Host): Promise<Engine> {
  for (const name of ['owners', 'runs', 'status', 'volumes'])
    mkdirSync(path.join(host.folder, name), { recursive: true, mode: 0o700 });
  const walls = await openWalls(host.folder, host.randomName());
  const pipes = openPipes(path.join(host.folder, 'pipes'), { ahead: pipesAhead });
  // Runs to take over are proof enough.
  if (readdirSync(path.join(host.folder, 'runs')).length === 0)
    await tryIsolation({ folder: path.join(host.folder, 'trial'), walls, pipes });
  const engine = new LocalEngine(host, { walls, pipes });
  await engine.resume();
  return engine;
}

class LocalEngine implements Engine {
  readonly #host: Host;
  readonly #context: ProcessContext;
  readonly #owners = new Map<string, OwnerRunner>();
  readonly #oneOffs = new OneOffs();
  readonly #feed = new Feed<Observation>();
  readonly #unlimited = new Set<string>();
  readonly #clearing = new Set<Promise<void>>();
  readonly #boot = bootId();
  readonly #say: Voice;
  readonly #history: History;
  readonly #stops: (() => void)[] = [];
  #probeTimer: NodeJS.Timeout | null = null;

  constructor(host: Host, { walls, pipes }: Pick<ProcessContext, 'walls' | 'pipes'>) {
    this.#host = host;
    this.#say = openVoice(host);
    this.#history = new History(path.join(host.folder, 'history'));
    this.#context = {
      host,
      walls,
      cgroups: openCgroups(host.name),
      pipes,
      onChange: (process) => this.#changed(process),
      keepEnd: (process) => this.#keepEnd(process),
      say: ({ run }, text) => this.#say(run.owner, { process: run.process, text }),
    };
  }

  /** Takes up what an engine before this one left: formations, runs, and remains of runs. */
  async resume(): Promise<void> {
    const states = readOwners(this.#folder('owners'));
    for (const state of states) this.#addOwner(state, true);
    for (const instance of readdirSync(this.#folder('runs'))) await this.#adopt(instance);
    this.#removeRemains();
    const watcher = watch(this.#folder('status'), (_event, file) => this.#lookAt(file));
    this.#stops.push(() => watcher.close());
    const { clock } = this.#host;
    const runs = this.#folder('runs');
    this.#stops.push(holdDiskQuotas({ runs, clock, processes: () => this.#all() }));
    const sweep = setInterval(() => this.#sweep(), sweepEveryMs);
    const slowSweep = setInterval(() => {
      for (const process of this.#all()) if (!process.isOver) process.sayRefusals();
    }, slowSweepEveryMs);
    this.#stops.push(
      () => clearInterval(sweep),
      () => clearInterval(slowSweep),
    );
    for (const process of this.#all()) {
      process.look();
      await process.probe();
    }
    for (const owner of this.#owners.values()) owner.wake();
    this.#probeSoon();
  }

  async apply(desired: Desired): Promise<void> {
    const known = this.#owners.get(desired.owner.id);
    const fresh = { format: 1, next: desired, reached: null, failed: null, stale: [] } as const;
    const owner = known ?? this.#addOwner(fresh, false);
    try {
      await owner.apply(desired);
    } catch (error) {
      if (known === undefined) this.#owners.delete(desired.owner.id);
      throw error;
    }
  }

  async reach(ownerId: string, edge: EdgeRules): Promise<void> {
    await this.#owners.get(ownerId)?.reach(edge);
  }

  async settled(ownerId: string, signal?: AbortSignal): Promise<Rollout | null> {
    const owner = this.#owners.get(ownerId);
    if (owner === undefined) return null;
    const limit = signal ?? new AbortController().signal;
    if (owner.rollout.state !== 'progressing') return owner.rollout;
    for await (const _ of this.#feed.read(limit, [])) {
      if (owner.rollout.state !== 'progressing') return owner.rollout;
    }
    throw limit.reason;
  }

  async restart(ownerId: string, selection: Selection): Promise<void> {
    const owner = this.#owners.get(ownerId);
    if (owner === undefined) throw processUnknown(selection, { owner: ownerId, there: [] });
    await owner.restart(selection);
  }

  async stopProcess(ownerId: string, process: string): Promise<void> {
    const oneOffs = this.#oneOffs.all.filter(
      ({ run }) => run.owner.id === ownerId && run.process === process,
    );
    if (oneOffs.length === 0) return this.restart(ownerId, { process });
    await Promise.all(oneOffs.map((one) => one.stop()));
  }

  observe(signal: AbortSignal): AsyncIterable<Observation> {
    const at = this.#host.clock.now();
    const first = this.#all().map(
      (process): Observation => ({ kind: 'process', at, process: this.#view(process) }),
    );
    return this.#feed.read(signal, first);
  }

  async processes(ownerId?: string): Promise<readonly ProcessView[]> {
    return this.#all()
      .filter(({ run }) => ownerId === undefined || run.owner.id === ownerId)
      .map((process) => this.#view(process));
  }

  async history(ownerId: string): Promise<readonly Ended[]> {
    return this.#history.of(ownerId);
  }

  async endpoints(ownerId: string, type = 'web'): Promise<readonly Endpoint[]> {
    return this.#owners.get(ownerId)?.endpointsOf(type) ?? [];
  }

  async runOneOff(spec: OneOffSpec, signal?: AbortSignal): Promise<OneOff> {
    signal?.throwIfAborted();
    const { variables, detached, timeoutMs } = spec;
    const attachment = await this.#attach(spec);
    const input = typeof spec.input === 'string' ? spec.input : 'terminal';
    const order = { ...spec, generation: 0, key: 'one-off', readiness: null };
    const oneOff = { timeoutMs, input, detached } as const;
    const process = this.#newProcess({ ...order, oneOff }, { variables, attachment });
    return this.#oneOffs.run(process, { attachment, signal: detached ? undefined : signal });
  }

  async #attach({ owner, process, input, detached }: OneOffSpec): Promise<Attachment | null> {
    if (input === 'none') return null;
    if (detached)
      throw platformError(
        'DETACHED_WITH_INPUT',
        `Cannot run ${process} detached: it is to have input, and nobody would give it`,
        { hint: 'Run it attached, or without input' },
      );
    return input === 'pipe'
      ? openPipe(this.#context.pipes)
      : openTerminal(input, this.#host.person(owner.id));
  }

  async say(owner: Owner, line: { readonly process: string; readonly text: string }): Promise<void> {
    this.#say(owner, line, { fullDisk: 'told' });
    await this.#host.log.sync(owner.id);
  }

  logs(ownerId: string, options: Parameters<Engine['logs']>[1]): AsyncIterable<LogLine> {
    return this.#host.log.read(ownerId, options);
  }

  async destroy(ownerId: string): Promise<void> {
    await this.#haltOwners([ownerId]);
    await Promise.all(this.#clearing);
    this.#context.walls.removeVolumes(ownerId);
    this.#host.log.remove(ownerId);
    await this.#history.forget(ownerId);
    this.#host.traffic.forget(ownerId);
  }

  async halt(withinMs: number): Promise<void> {
    const tooLong = new AbortController();
    const killing = Number.isFinite(withinMs) ? this.#killAfter(withinMs, tooLong.signal) : Promise.resolve();
    const ids = (kind: Owner['kind']): string[] =>
      [...this.#owners.values()].flatMap(({ owner }) => (owner.kind === kind ? [owner.id] : []));
    await Promise.all(this.#oneOffs.all.map((process) => process.stop()));
    await this.#haltOwners(ids('app'));
    await this.#haltOwners(ids('service'));
    await Promise.all(this.#clearing);
    tooLong.abort();
    await killing;
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    if (this.#probeTimer !== null) clearTimeout(this.#probeTimer);
    for (const owner of this.#owners.values()) owner.close();
    for (const process of this.#oneOffs.all) process.release();
    this.#feed.end();
    await Promise.all(this.#clearing);
  }

  /** What is left when the time is over has no grace any more, whatever begins to stop after that included. */
  async #killAfter(withinMs: number, stopped: AbortSignal): Promise<void> {
    for (let waitMs = withinMs; !stopped.aborted; waitMs = killEveryMs) {
      await this.#host.clock.sleep(waitMs, stopped).catch(ignoreAbort);
      if (!stopped.aborted) for (const process of this.#all()) process.kill();
    }
  }

  async #haltOwners(ids: readonly string[]): Promise<void> {
    const owners = ids.flatMap((id) => this.#owners.get(id) ?? []);
    const oneOffs = this.#oneOffs.all.filter(({ run }) => ids.includes(run.owner.id));
    for (const id of ids) forgetOwner(this.#folder('owners'), id);
    await Promise.all([...owners.map((owner) => owner.halt()), ...oneOffs.map((process) => process.stop())]);
    for (const id of ids) this.#owners.delete(id);
  }

  #addOwner(state: OwnerState, isKept: boolean): OwnerRunner {
    const { owner } = state.next;
    const context: OwnerContext = {
      owner,
      now: () => this.#host.clock.now(),
      start: (order) => {
        const process = this.#newProcess({ ...order, owner, oneOff: null });
        void process.begin();
        return process;
      },
      publish: (routes) => this.#host.traffic.publish(owner, routes),
      onRollout: (rollout) => this.#feed.push({ kind: 'rollout', at: this.#host.clock.now(), rollout }),
      random: this.#host.random,
      say: (process, text) => this.#say(owner, { process, text }),
    };
    const runner = new OwnerRunner(new OwnerFile(this.#folder('owners'), state, isKept), context);
    this.#owners.set(owner.id, runner);
    return runner;
  }

  #newProcess(
    order: Omit<Run, 'format' | 'instance' | 'port' | 'startedAt' | 'bootId'>,
    given?: Given,
  ): LocalProcess {
    const instance = `${order.process}-${this.#host.randomName()}`;
    const { owner, process, release, generation, key, spec, readiness, stop, oneOff } = order;
    const port = spec.port === 'lease' ? this.#host.ports.lease(instance) : spec.port;
    const startedAt = this.#host.clock.now();
    const what = { owner, process, release, generation, key, spec, readiness, stop, oneOff };
    const run: Run = { format: 1, instance, ...what, port, startedAt, bootId: this.#boot };
    this.#say(owner, { process, text: `Starting process with command \`${commandOf(spec)}\`` });
    this.#sayUnlimited(run);
    this.#probeSoon();
    return new LocalProcess(run, this.#context, given);
  }

  /** Once for each owner. */
  #sayUnlimited({ owner, process, spec }: Run): void {
    if (spec.cpu === null || this.#context.cgroups?.limitsCpu === true || this.#unlimited.has(owner.id))
      return;
    this.#unlimited.add(owner.id);
    const text = `Its limit of ${spec.cpu} cores is not held: that takes root, and a cgroup of the machine’s that limits cpu`;
    this.#say(owner, { process, text });
  }

  async #adopt(instance: string): Promise<void> {
    const folder = path.join(this.#folder('runs'), instance);
    const run = readRun(folder);
    const owner = run === null ? undefined : this.#owners.get(run.owner.id);
    if (run === null) {
      voidClaim(path.join(this.#folder('status'), instance));
      return removeTree(folder);
    }
    const process = new LocalProcess(run, this.#context);
    if (owner !== undefined && run.oneOff === null) return owner.adopt(process);
    if (run.oneOff?.detached === true) this.#oneOffs.adopt(process);
    else this.#oneOffs.end(process);
  }

  /** Status files and port leases of runs that are no more. */
  #removeRemains(): void {
    const runs = new Set(this.#all().map(({ run }) => run.instance));
    for (const file of readdirSync(this.#folder('status'))) {
      if (!runs.has(file.replace(/\.(claim|exit)$/, '')))
        rmSync(path.join(this.#folder('status'), file), { force: true });
    }
    for (const holder of this.#host.ports.holders()) if (!runs.has(holder)) this.#host.ports.release(holder);
  }

  #lookAt(file: string | null): void {
    const instance = file?.replace(/\.(claim|exit)$/, '');
    for (const process of this.#all())
      if (instance === undefined || process.run.instance === instance) process.look();
  }

  #changed(process: LocalProcess): void {
    if (process.isOver) this.#awaitCleared(process.cleared);
    this.#sayEndOfOneOff(process);
    this.#feed.push({ kind: 'process', at: this.#host.clock.now(), process: this.#view(process) });
    if (process.state === 'up')
      this.#say(process.run.owner, {
        process: process.run.process,
        text: 'State changed from starting to up',
      });
    if (process.run.oneOff === null) this.#owners.get(process.run.owner.id)?.changed(process);
    if (process.state === 'starting') this.#probeSoon();
  }

  async #keepEnd(process: LocalProcess): Promise<void> {
    const { owner } = process.run;
    const crashes = this.#owners.get(owner.id)?.crashesOf(process.run.process) ?? 0;
    const ended = endedOf(process, { crashes, tail: this.#host.log.tail(owner.id, process.run.instance) });
    if (ended !== null) await this.#history.add(owner.id, ended);
  }

  #sayEndOfOneOff({ run, exit }: LocalProcess): void {
    if (run.oneOff === null || exit === null) return;
    for (const text of sentencesOf(exit)) this.#say(run.owner, { process: run.process, text });
  }

  #awaitCleared(cleared: Promise<void>): void {
    this.#clearing.add(cleared);
    void cleared.then(() => this.#clearing.delete(cleared));
  }

  /** While anything is starting, looks often whether it is ready. */
  #probeSoon(): void {
    this.#probeTimer ??= setTimeout(() => {
      this.#probeTimer = null;
      const starting = this.#all().filter(({ state, run }) => state === 'starting' && run.readiness !== null);
      for (const process of starting) void process.probe();
      if (starting.length > 0) this.#probeSoon();
    }, probeEveryMs);
  }

  #sweep(): void {
    for (const process of this.#all()) {
      process.look();
      process.tendPump();
      holdLimits(process, { now: this.#host.clock.now(), measuresMemory: this.#context.cgroups === null });
    }
  }

  #all(): LocalProcess[] {
    return [...[...this.#owners.values()].flatMap((owner) => owner.processes), ...this.#oneOffs.all];
  }

  #view(process: LocalProcess): ProcessView {
    const { run, state, readyMs, exit } = process;
    const { owner, generation, release, instance, port, startedAt } = run;
    const crashes = this.#owners.get(owner.id)?.crashesOf(run.process) ?? 0;
    const base = {
      owner,
      generation,
      release,
      instance,
      process: run.process,
      command: commandOf(run.spec),
      size: { memory: run.spec.memoryLimit, cpu: run.spec.cpu },
      state,
      port,
      startedAt,
      readyMs,
      exit,
      crashes,
    };
    return { ...base, pid: exit === null ? process.pid : null };
  }

  #folder(name: string): string {
    return path.join(this.#host.folder, name);
  }
}

function commandOf({ command }: ProcessSpec): string {
  return 'shell' in command ? command.shell : command.argv.join(' ');
}

function ignoreAbort(error: unknown): void {
  if ((error as Error).name !== 'AbortError') throw error;
}
