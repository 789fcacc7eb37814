/**
 * Makes one owner's processes what is wanted, and keeps them so. Level-triggered: each change (a process came up, ended,
 * a new formation) makes the plan of room 09 anew from what there is.
 *
 * ```
 * apply ─► next on disk ─► plan, act, plan, act … ─► commit: reached = next, on disk ─► routes ─► old ones leave
 *                                    └─ a new process ended, or never became ready: failed, on disk ─► back to `reached`
 * ```
 */
import { createHash } from 'node:crypto';
import { type DozenError, type ErrorShape, isDiskFull, platformError, userError } from '../../base/error.ts';
import { canonicalJson } from '../../base/json.ts';
import { sentencesOf } from '../../factors/06-processes/exit-sentence.ts';
import { describeExit, type ProcessState } from '../../factors/06-processes/process.ts';
import { defaultDiskLimit } from '../../factors/06-processes/writable-layer.ts';
import type { Endpoint } from '../../factors/07-port-binding/route.ts';
import { type Observed, planNext, type Slot } from '../../factors/09-disposability/plan.ts';
import type { Desired, DesiredType, EdgeRules, Owner, Rollout, Selection } from '../engine.ts';
import type { Routes } from './host.ts';
import type { LocalProcess } from './local-process.ts';
import type { OwnerFile, OwnerState } from './owner-file.ts';
import { nameOf, type Place, Restarts } from './restarts.ts';
import type { Run } from './run-folder.ts';

export interface OwnerContext {
  readonly owner: Owner;
  readonly now: () => number;
  /** Starts a process for the slot. */
  readonly start: (
    order: Pick<Run, 'process' | 'release' | 'generation' | 'key' | 'spec' | 'readiness' | 'stop'>,
  ) => LocalProcess;
  readonly publish: (routes: Routes) => void;
  readonly onRollout: (rollout: Rollout) => void;
  /** In [0, 1): spreads restarts. */
  readonly random: () => number;
  readonly say: (process: string, text: string) => void;
}

/** How long requests in flight may hold up the stop signal of a process that gets no new ones. */
const drainWithinMs = 5_000;
/** In a row, of a new process in a rollout. */
const unknownEndsForgiven = 3;
/** After a step that a full disk stopped: what runs runs on meanwhile. */
const retryEveryMs = 1_000;

export class OwnerRunner {
  readonly #context: OwnerContext;
  readonly #processes = new Map<string, LocalProcess>();
  readonly #restarts: Restarts;
  readonly #leaving = new Set<string>();
  readonly #file: OwnerFile;
  #announced: string | null = null;
  #retry: NodeJS.Timeout | null = null;
  #working = false;
  #again = false;
  #closed = false;

  constructor(file: OwnerFile, context: OwnerContext) {
    this.#file = file;
    this.#context = context;
    const { now, random } = context;
    this.#restarts = new Restarts({ now, random, onDue: () => this.wake() });
  }

  get owner(): Owner {
    return this.#context.owner;
  }

  get #state(): OwnerState {
    return this.#file.state;
  }

  get processes(): readonly LocalProcess[] {
    return [...this.#processes.values()];
  }

  crashesOf(process: string): number {
    return this.#restarts.crashesOf(process);
  }

  /** Of the newest generation. */
  get rollout(): Rollout {
    const { next, failed } = this.#state;
    const base = { owner: this.#context.owner, generation: next.generation };
    if (failed !== null)
      return {
        ...base,
        state: this.#hasFailedOnes() || this.#isRestarting ? 'progressing' : 'failed',
        reason: failed,
      };
    const settled = this.#isReached(next) && this.#plan(next).settled && !this.#isRestarting;
    return { ...base, state: settled ? 'settled' : 'progressing', reason: null };
  }

  /** Resolves when it is on disk. The same formation again changes nothing. @throws GENERATION_STALE */
  async apply(next: Desired): Promise<void> {
    let isNew = false;
    await this.#file.change((state) => {
      const isSame = isSameFormation(state.next, next);
      if (state.next.generation >= next.generation && !isSame) throw stale(state.next, next);
      isNew = !isSame || !this.#file.isKept;
      return isNew ? { next: isSame ? state.next : next, failed: null } : null;
    });
    if (!isNew) return;
    this.#announced = null;
    this.#restarts.clear();
    this.wake();
  }

  /** Resolves when it is on disk. */
  async reach(edge: EdgeRules): Promise<void> {
    if (this.#closed) return;
    await this.#file.change(({ next }) => ({ next: { ...next, ...edge } }));
    this.wake();
  }

  /** Resolves when it is on disk. @throws PROCESS_UNKNOWN */
  async restart(selection: Selection): Promise<void> {
    const isSelected = ({ process }: Pick<Place, 'process'>): boolean =>
      (selection.process ?? process) === process && (selection.type ?? typeOf(process)) === typeOf(process);
    const running = this.processes.filter(({ run }) => isSelected(run) && !this.#leaving.has(run.instance));
    const waiting = this.#restarts.waiting.filter(isSelected);
    const there = [...this.#names, ...running.map(({ run }) => run.process)];
    if (!there.some((process) => isSelected({ process })))
      throw processUnknown(selection, { owner: this.owner.name, there });
    const instances = running.map(({ run }) => run.instance);
    await this.#file.change(({ stale }) => ({ stale: [...stale, ...instances] }));
    for (const { run } of running) this.#restarts.remove(nameOf(run));
    for (const place of waiting) this.#restarts.remove(nameOf(place));
    this.#announced = null;
    this.wake();
  }

  /** Of the formation that is to run. */
  get #names(): string[] {
    return this.#target().types.flatMap(({ type, quantity }) =>
      Array.from({ length: quantity }, (_, at) => `${type}.${at + 1}`),
    );
  }

  adopt(process: LocalProcess): void {
    this.#processes.set(process.run.instance, process);
    process.adopt();
  }

  /** A process of this owner changed. */
  changed(process: LocalProcess): void {
    if (process.isOver && this.#processes.delete(process.run.instance)) this.#hasEnded(process);
    this.wake();
  }

  wake(): void {
    this.#again = true;
    if (this.#working || this.#closed) return;
    this.#working = true;
    void this.#work();
  }

  /** Stops all of it and wants nothing any more. */
  async halt(): Promise<void> {
    this.#close();
    const { hosts, maintenance = false } = this.#state.next;
    this.#context.publish({ hosts, maintenance, endpoints: [], ports: [] });
    await Promise.all(this.processes.map((process) => process.stop()));
  }

  close(): void {
    this.#close();
    for (const process of this.processes) process.release();
  }

  #close(): void {
    this.#closed = true;
    this.#restarts.clear();
    if (this.#retry !== null) clearTimeout(this.#retry);
  }

  async #work(): Promise<void> {
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        await this.#file.keep();
        if (!this.#closed) await this.#step();
      }
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.#retry = setTimeout(() => this.wake(), retryEveryMs);
    }
    this.#working = false;
  }

  async #step(): Promise<void> {
    const target = this.#target();
    const plan = this.#plan(target);
    for (const slot of plan.start) this.#start(target, slot);
    if (plan.committed && this.#state.failed === null && !this.#isReached(target)) {
      await this.#file.change(() => ({ reached: target }));
      if (this.#closed) return;
      if (this.#state.next !== target) return this.wake();
    }
    const leaving = plan.retire.flatMap((instance) => this.#retire(instance));
    this.#publish();
    for (const process of leaving) void this.#leave(process);
    if (plan.settled) await this.#restarted();
    this.#announce();
  }

  get #isRestarting(): boolean {
    return this.#state.stale.length > 0;
  }

  /** What was told to restart meanwhile is still there, and stays. */
  async #restarted(): Promise<void> {
    if (!this.#isRestarting) return;
    await this.#file.change(({ stale }) => ({
      stale: stale.filter((instance) => this.#processes.has(instance)),
    }));
  }

  /** What is to run: the newest formation, or the last one reached once that is given up. */
  #target(): Desired {
    const { next, reached, failed } = this.#state;
    if (failed === null) return next;
    return reached ?? { ...next, types: [] };
  }

  #plan(target: Desired): ReturnType<typeof planNext> {
    const wanted = target.types.map((type) => ({ ...type, key: keyOf(target, type) }));
    return planNext(wanted, this.#observed());
  }

  #observed(): Observed[] {
    const running = this.processes.map(({ run, state, unready }): Observed => {
      // One that was stopped for not becoming ready keeps its place until its end is judged.
      const leaving = this.#leaving.has(run.instance) || (unready === null && isLeaving(state));
      return {
        instance: run.instance,
        ...slotOf(run),
        state: leaving ? 'leaving' : state === 'up' ? 'up' : 'starting',
        isStale: this.#state.stale.includes(run.instance),
      };
    });
    const waiting = this.#restarts.waiting.map(
      (place): Observed => ({ instance: nameOf(place), ...slotOf(place), state: 'ended', isStale: false }),
    );
    return [...running, ...waiting];
  }

  #start(target: Desired, slot: Slot): void {
    const type = target.types.find((one) => one.type === slot.type);
    if (type === undefined) return;
    const process = `${slot.type}.${slot.index}`;
    const { spec, readiness, stop } = type;
    const { release, generation } = target;
    const started = this.#context.start({
      process,
      release,
      generation,
      key: slot.key,
      spec,
      readiness,
      stop,
    });
    this.#processes.set(started.run.instance, started);
  }

  /** The process that is to leave; none for one that only waits to be started again. */
  #retire(instance: string): LocalProcess[] {
    if (this.#restarts.remove(instance)) this.wake();
    const process = this.#processes.get(instance);
    if (process === undefined || this.#leaving.has(instance)) return [];
    this.#leaving.add(instance);
    return [process];
  }

  async #leave(process: LocalProcess): Promise<void> {
    await process.drain(AbortSignal.timeout(drainWithinMs));
    await process.stop();
    this.#leaving.delete(process.run.instance);
  }

  /** An end nobody asked for: the failure of a rollout that needs the process, else a crash to recover from. */
  #hasEnded(process: LocalProcess): void {
    const { run, exit } = process;
    if (exit === null || this.#closed) return;
    const how = process.unready ?? describeExit(exit);
    if (this.#leaving.has(run.instance) || (process.wasAsked && process.unready === null)) return;
    if (process.unready !== null) this.#context.say(run.process, `Process ended: ${how}`);
    else for (const sentence of sentencesOf(exit)) this.#context.say(run.process, sentence);
    const target = this.#target();
    // A stale one has a successor anyway.
    if (!keysOf(target).has(run.key) || this.#state.stale.includes(run.instance)) return;
    const inRollout = this.#state.failed === null && !this.#isReached(target);
    const isNew = !keysOf(this.#state.reached).has(run.key);
    // How one ended that nobody saw says nothing about the app.
    const isTold =
      process.unready !== null ||
      exit.kind !== 'unknown' ||
      this.crashesOf(run.process) >= unknownEndsForgiven;
    if (inRollout && isNew && isTold) this.#fail(run, how);
    else this.#startAgain(run);
  }

  #startAgain({ process, key, startedAt }: Run): void {
    const waitMs = this.#restarts.add({ process, key }, startedAt);
    this.#context.say(process, `Starting it again in ${(waitMs / 1000).toFixed(1)} s`);
  }

  #fail(run: Run, how: string): void {
    const failed = userError('PROCESS_NOT_READY', `Cannot start ${run.process}: ${how}`, {
      hint: 'Look at its last lines above, mend it, commit and deploy again',
    }).toJSON();
    this.#giveUp(failed);
  }

  #giveUp(failed: ErrorShape): void {
    this.#file.note({ failed });
    this.#restarts.clear();
    this.wake();
  }

  /** Hosts are as was asked last; who answers, and at which ports, as was reached last. */
  #publish(): void {
    const { hosts, maintenance = false } = this.#state.next;
    const ports = (this.#state.reached?.types ?? []).flatMap(({ type: processType, exportedAt: port }) =>
      port === undefined ? [] : [{ port, processType, endpoints: this.endpointsOf(processType) }],
    );
    this.#context.publish({ hosts, maintenance, endpoints: this.endpointsOf('web'), ports });
  }

  /** Old ones answer until the commit, new ones from it on. */
  endpointsOf(wanted: string): readonly Endpoint[] {
    const { reached, next } = this.#state;
    const routed = reached ?? { ...next, types: [] };
    const keys = new Set(
      routed.types.filter(({ type }) => type === wanted).map((type) => keyOf(routed, type)),
    );
    return this.processes
      .filter(
        ({ run, state }) =>
          state === 'up' && keys.has(run.key) && run.port !== null && !this.#leaving.has(run.instance),
      )
      .map(
        ({ run }): Endpoint => ({
          instance: run.instance,
          process: run.process,
          address: '127.0.0.1',
          port: run.port ?? 0,
        }),
      );
  }

  #announce(): void {
    const { rollout } = this;
    const said = `${rollout.generation} ${rollout.state}`;
    if (said === this.#announced) return;
    this.#announced = said;
    this.#context.onRollout(rollout);
  }

  #isReached({ generation }: Desired): boolean {
    return this.#state.reached?.generation === generation;
  }

  #hasFailedOnes(): boolean {
    const { next, reached } = this.#state;
    const kept = keysOf(reached);
    return this.processes.some(({ run }) => run.generation === next.generation && !kept.has(run.key));
  }
}

/** Apart from how it is reached, which may have changed since. */
function isSameFormation(a: Desired, b: Desired): boolean {
  const formationOf = (desired: Desired) => canonicalJson({ ...desired, hosts: [], maintenance: false });
  return formationOf(a) === formationOf(b);
}

function stale(newest: Desired, { generation, owner }: Desired): DozenError {
  return platformError(
    'GENERATION_STALE',
    `Cannot apply generation ${generation} of ${owner.name}: ${newest.generation} is known`,
    { hint: 'Ask the store for the next generation and apply again' },
  );
}

export function processUnknown(
  { type, process }: Selection,
  { owner, there }: { readonly owner: string; readonly there: readonly string[] },
): DozenError {
  const what = process ?? type ?? 'any process';
  return userError(
    'PROCESS_UNKNOWN',
    `Cannot restart or stop ${what} of ${owner}: there is no such process`,
    {
      hint: there.length === 0 ? 'Deploy it first' : `Name one of ${[...new Set(there)].sort().join(', ')}`,
    },
  );
}

function typeOf(process: string): string {
  return process.slice(0, process.lastIndexOf('.'));
}

/** What makes two processes interchangeable: the release and everything of the spec. A limit at its default goes unmentioned. */
export function keyOf(desired: Desired, type: DesiredType): string {
  const { cpu, diskLimit, ...rest } = type.spec;
  const spec = {
    ...rest,
    ...(cpu === null ? {} : { cpu }),
    ...(diskLimit === defaultDiskLimit ? {} : { diskLimit }),
  };
  const content = canonicalJson({ type: type.type, release: desired.release, spec });
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

function keysOf(desired: Desired | null): Set<string> {
  return new Set(desired?.types.map((type) => keyOf(desired, type)) ?? []);
}

function isLeaving(state: ProcessState): boolean {
  return state === 'draining' || state === 'stopping' || state === 'gone';
}

function slotOf({ process, key }: Pick<Run, 'process' | 'key'>): Slot {
  const type = typeOf(process);
  return { type, index: Number(process.slice(type.length + 1)), key };
}
