/**
 * One run of one process on this machine, from its order on disk to the last line it wrote.
 *
 * ```
 * begin:  order on disk ─► environment, layers, mounts ─► spawn ─► claim ─► ready ─► up
 * adopt:  order read ───────────────────────────────────► claim ─► (ready) ─► up
 * end:    ending written, or process 1 gone without one ─► pump ended ─► output kept to the last byte ─► ended
 * ```
 * What the main process leaves behind ends with it, unless it was stopped: then it has the rest of the grace (`npm start`).
 *
 * Whether it was begun by this engine or by one before makes no difference after the claim.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { asDozenError } from '../../base/error.ts';
import type { Exit, ProcessState } from '../../factors/06-processes/process.ts';
import type { Attachment } from './attachment.ts';
import type { Cgroups } from './cgroups.ts';
import type { BatchListener, Host } from './host.ts';
import { OutputReader } from './output-reader.ts';
import { childrenOf, isAlive, liveBelow, type ProcessIdentity, sendSignal } from './proc.ts';
import { findPump, type Pump } from './pump.ts';
import { isReady, timeoutOf } from './readiness.ts';
import { clearRemains } from './remains.ts';
import {
  type Ending,
  endedAt,
  isAttached,
  type Run,
  readClaim,
  readEnding,
  voidClaim,
  writeRun,
} from './run-folder.ts';
import { sandboxOf, tasksOfProcess } from './run-sandbox.ts';
import type { Pipes } from './sandbox/pipes.ts';
import { launch, prepare } from './sandbox/sandbox.ts';
import { isolationRefused } from './trial.ts';
import type { Walls } from './walls.ts';

export interface ProcessContext {
  readonly host: Host;
  readonly walls: Walls;
  readonly cgroups: Cgroups | null;
  readonly pipes: Pipes;
  /** Told of each change of state. */
  readonly onChange: (process: LocalProcess) => void;
  /** Keeps how it ended; it is there until that is on disk. */
  readonly keepEnd: (process: LocalProcess) => Promise<void>;
  /** Says a line about the process in its owner's log. */
  readonly say: (process: LocalProcess, text: string) => void;
}

/** What only the engine that begins a run knows of it. */
export interface Given {
  readonly variables: Readonly<Record<string, string>>;
  readonly attachment: Attachment | null;
}

/** How long process 1 may outlive the processes that were killed in it. */
const afterKillMs = 2_000;
/** What ends at SIGHUP needs no other signal. */
const afterHangUpMs = 1_000;
const pumpEndsWithinMs = 5_000;
const lookAtLeftEveryMs = 50;

export class LocalProcess {
  readonly run: Run;
  state: ProcessState = 'starting';
  exit: Exit | null = null;
  /** Milliseconds since the epoch; 0 until it has. */
  endedAt = 0;
  readyMs: number | null = null;
  /** Why it did not become ready in time; set before it is stopped for it. */
  unready: string | null = null;
  readonly ended: Promise<Exit>;
  /** Resolves when nothing of it is left on disk either. */
  readonly cleared: Promise<void>;
  readonly listeners = new Set<BatchListener>();
  readonly #context: ProcessContext;
  readonly #given: Given;
  readonly #folder: string;
  readonly #status: string;
  readonly #output: OutputReader;
  readonly #over = new AbortController();
  #init: ProcessIdentity | null = null;
  #main: number | null = null;
  #mainSeenAt = 0;
  #released = false;
  #pump: Pump | null = null;
  #resolveEnded: (exit: Exit) => void = () => undefined;
  #resolveCleared: (cleared: Promise<void>) => void = () => undefined;
  #finishing = false;
  #ending = false;
  #refusals = 0;
  #overQuota: 'memory' | 'disk' | null = null;
  #probing = false;
  #begun: Promise<void> = Promise.resolve();
  #stopping: Promise<Exit> | null = null;

  constructor(run: Run, context: ProcessContext, given: Given = { variables: {}, attachment: null }) {
    this.run = run;
    this.#context = context;
    this.#given = given;
    this.#folder = path.join(context.host.folder, 'runs', run.instance);
    this.#status = path.join(context.host.folder, 'status', run.instance);
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.cleared = new Promise((resolve) => {
      this.#resolveCleared = resolve;
    });
    const source = {
      folder: this.#folder,
      ownerId: run.owner.id,
      instance: run.instance,
      process: run.process,
    };
    const { log, clock } = context.host;
    const onBatch: BatchListener = (batch) => {
      for (const listener of this.listeners) listener(batch);
    };
    this.#output = new OutputReader(source, { keeper: log, now: () => clock.now(), onBatch });
  }

  /** Its main process, as the machine numbers it. */
  get pid(): number | null {
    return this.#main;
  }

  get initPid(): number | null {
    return this.#init?.pid ?? null;
  }

  /** Whether somebody stopped it. */
  get wasAsked(): boolean {
    return this.#stopping !== null;
  }

  get isOver(): boolean {
    return this.exit !== null;
  }

  begin(): Promise<void> {
    this.#begun = this.#begin();
    return this.#begun;
  }

  async #begin(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    try {
      await writeRun(this.#folder, this.run);
      const { variables, attachment } = this.#given;
      const attached = attachment?.open(this.#folder) ?? null;
      const place = { folder: this.#folder, status: this.#status, variables, attached };
      const sandbox = await sandboxOf(this.run, place, this.#context);
      prepare(sandbox, this.#context.pipes);
      this.#readOutput();
      launch(sandbox)
        .once('error', (error) => this.#notStarted(error))
        .once('exit', () => this.#launcherEnded());
      attachment?.handOver();
    } catch (error) {
      this.#notStarted(error);
    }
  }

  /** Takes over a run that an engine before this one began. */
  adopt(): void {
    voidClaim(this.#status);
    this.#readOutput();
    this.look();
  }

  #readOutput(): void {
    if (isAttached(this.run)) return;
    this.#pump = findPump(this.#folder);
    this.#output.start();
  }

  /** Looks at the claim and the ending: called when either file changed, and now and then. */
  look(): void {
    if (this.#finishing || this.isOver || this.#released) return;
    const ending = readEnding(this.#status);
    if (ending !== null && !ending.leaving) return void this.#finish(this.#explain(ending));
    if (this.#main === null && !this.#readClaim()) return;
    if (this.#init === null) return;
    if (!isAlive(this.#init)) this.#monitorGone();
    else if (ending !== null) void this.#endLeft(this.#init);
  }

  /** False when it was given up before it began. */
  #readClaim(): boolean {
    const claim = readClaim(this.#status);
    if (claim.kind === 'void') void this.#finish({ kind: 'unknown', why: 'its start was interrupted' });
    if (claim.kind !== 'held') return claim.kind !== 'void';
    this.#init = claim.init;
    if (claim.started) this.#main = childrenOf(claim.init.pid)[0] ?? null;
    if (this.#main !== null) this.#mainSeenAt = this.#context.host.clock.now();
    return true;
  }

  /** What was written last counts; its absence is final. */
  #monitorGone(): void {
    const last = readEnding(this.#status);
    void this.#finish(
      last === null ? { kind: 'unknown', why: 'its monitor was killed' } : this.#explain(last),
    );
  }

  /** The main process has ended and left others. */
  async #endLeft(init: ProcessIdentity): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    const { clock } = this.#context.host;
    while (this.#stopping !== null && !this.isOver && liveBelow(init.pid).length > 0)
      await clock.sleep(lookAtLeftEveryMs);
    if (isAlive(init)) sendSignal(init.pid, 'SIGKILL');
    while (isAlive(init)) await clock.sleep(1);
    this.look();
  }

  /** Now and then: whether its output is still read. */
  tendPump(): void {
    if (this.#init === null || this.isOver || this.#finishing) return;
    if (this.#pump?.isGone && isAlive(this.#init)) {
      this.#pump.restart();
      this.#context.say(
        this,
        'Its output was not read for a moment: the pump was gone, and is started again',
      );
    }
  }

  /** Now and then, and at its end: whether it was refused processes or threads. */
  sayRefusals(): void {
    const refusals = this.#context.cgroups?.taskRefusals(this.run.instance) ?? 0;
    if (refusals > 0 && this.#refusals === 0)
      this.#context.say(this, `It wanted more than ${tasksOfProcess} processes and threads, and was refused`);
    this.#refusals = refusals;
  }

  /** Whether it became ready, or too late to. Called every few milliseconds while it is starting. */
  async probe(): Promise<void> {
    const { readiness, port, startedAt } = this.run;
    if (this.state !== 'starting' || this.#probing || this.#init === null || readiness === null) return;
    if (this.#main === null) this.look();
    const pid = this.#main;
    if (pid === null) return;
    this.#probing = true;
    const ageMs = this.#context.host.clock.now() - startedAt;
    const ready = await isReady({
      readiness,
      pid,
      port,
      stayedMs: this.#context.host.clock.now() - this.#mainSeenAt,
      signal: this.#over.signal,
    });
    this.#probing = false;
    if (this.state !== 'starting' || this.#finishing) return;
    if (ready) {
      this.readyMs = ageMs;
      this.#enter('up');
    } else if (ageMs > timeoutOf(readiness)) {
      this.unready = `it did not ${readiness.kind === 'listens' && readiness.healthPath !== null ? `answer GET ${readiness.healthPath} well` : `listen on port ${port}`} within ${timeoutOf(readiness) / 1000} s`;
      void this.stop();
    }
  }

  /** Takes it out of the routes; requests in flight finish. */
  async drain(signal: AbortSignal): Promise<void> {
    if (this.state !== 'up') return;
    this.#enter('draining');
    await this.#context.host.traffic.drained([this.run.instance], signal);
  }

  /** Stops it by its policy: the signal, its grace, then SIGKILL. */
  stop(): Promise<Exit> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Whoever it belonged to is gone. */
  hangUp(): Promise<Exit> {
    this.#stopping ??= this.#hangUp();
    return this.#stopping;
  }

  async #hangUp(): Promise<Exit> {
    await this.#begun;
    this.look();
    if (this.#main !== null && !this.isOver && isAttached(this.run)) {
      sendSignal(-this.#main, 'SIGHUP');
      await waitUntil(this.#context.host.clock.sleep(afterHangUpMs, this.#over.signal));
    }
    return this.#stop();
  }

  /** To its process group, as soon as there is one. */
  async signal(name: NodeJS.Signals): Promise<void> {
    while (this.#main === null && !this.isOver) {
      await this.#context.host.clock.sleep(lookAtLeftEveryMs);
      this.look();
    }
    if (this.#main !== null && !this.isOver) sendSignal(-this.#main, name);
  }

  /** Its measured quota is exceeded. */
  killForMemory(): void {
    // Process 1 is to live on and to tell the end, where it has a child already.
    this.look();
    this.#overQuota = 'memory';
    this.kill();
  }

  /** Its layer was measured, and is over its quota. */
  killForDisk(): void {
    // Process 1 is to live on and to tell the end, where it has a child already.
    this.look();
    this.#overQuota = 'disk';
    this.kill();
  }

  kill(): void {
    if (this.#init === null) return;
    const { pid } = this.#init;
    for (const killed of this.#main === null ? [pid] : liveBelow(pid)) sendSignal(killed, 'SIGKILL');
  }

  /** Lets go without touching it. */
  release(): void {
    this.#released = true;
    this.#output.stop();
    this.#pump?.release();
    this.#given.attachment?.release();
    this.#over.abort();
  }

  async #stop(): Promise<Exit> {
    if (this.isOver) return this.ended;
    this.#enter('stopping');
    await this.#begun;
    this.look();
    const { stop } = this.run;
    const { clock } = this.#context.host;
    const gone = AbortSignal.any([this.#over.signal]);
    if (this.#main === null) {
      voidClaim(this.#status);
      this.look();
      this.kill();
    } else {
      this.#context.say(
        this,
        `Stopping ${stop.target === 'group' ? 'all processes' : 'process'} with ${stop.signal}`,
      );
      sendSignal(stop.target === 'group' ? -this.#main : this.#main, stop.signal);
      await waitUntil(clock.sleep(stop.graceMs, gone));
    }
    if (!this.isOver && !this.#finishing) {
      if (this.#main !== null)
        this.#context.say(
          this,
          `Error R12 (Exit timeout) -> At least one process failed to exit within ${stop.graceMs / 1000} seconds of ${stop.signal}`,
        );
      this.kill();
      await waitUntil(clock.sleep(afterKillMs, gone));
      if (!this.isOver && !this.#finishing && this.#init !== null) sendSignal(this.#init.pid, 'SIGKILL');
      this.look();
    }
    return this.ended;
  }

  /** Without a claim nothing was ever set up. One that was let go is the next engine's, whatever there is of it. */
  #launcherEnded(): void {
    if (this.#released || this.#finishing || readClaim(this.#status).kind !== 'none') return;
    this.#notStarted(isolationRefused(this.#folder));
  }

  #notStarted(error: unknown): void {
    const { code, message } = asDozenError(error);
    voidClaim(this.#status);
    void this.#finish({ kind: 'not-started', why: `${message} (${code})` });
  }

  /** What the kernel knows beside the exit code. */
  #explain({ exit, left }: Ending): Exit {
    const { cgroups } = this.#context;
    if (exit.kind === 'not-started') return { kind: 'not-started', why: `${exit.why}: ${this.#setupLog()}` };
    if (left > 0 && this.#stopping === null) {
      this.#context.say(
        this,
        `It ended and left ${left} of its own processes behind; they were ended with it (a process must not go into the background)`,
      );
    }
    this.sayRefusals();
    if (exit.kind === 'code') return exit;
    const { memoryLimit, diskLimit } = this.run.spec;
    if (this.#overQuota === 'disk' || isFileTooLarge(exit)) return { kind: 'disk', limit: diskLimit };
    const kernelKilled = cgroups !== null && cgroups.memoryKills(this.run.instance) > 0;
    return kernelKilled || this.#overQuota === 'memory' ? { kind: 'memory', limit: memoryLimit } : exit;
  }

  #setupLog(): string {
    return readFileSync(path.join(this.#folder, 'setup.log'), 'utf8').trim().slice(-500);
  }

  async #finish(exit: Exit): Promise<void> {
    if (this.#finishing) return;
    this.#finishing = true;
    const { host } = this.#context;
    const deadline = host.clock.monotonic() + pumpEndsWithinMs;
    while (this.#pump?.isRunning && host.clock.monotonic() < deadline) await host.clock.sleep(3);
    // Another engine may have it by now, and finishes it.
    if (this.#released) return;
    this.#given.attachment?.over();
    this.#pump?.finish();
    this.#output.finish();
    if (this.run.port !== null && this.run.spec.port === 'lease') host.ports.release(this.run.instance);
    this.exit = exit;
    this.endedAt = endedAt(this.#status) ?? host.clock.now();
    this.#enter('gone');
    this.#over.abort();
    this.#resolveEnded(exit);
    this.#resolveCleared(this.#clear());
  }

  async #clear(): Promise<void> {
    const { host, cgroups } = this.#context;
    await this.#context.keepEnd(this);
    const remains = { instance: this.run.instance, folder: this.#folder, status: this.#status };
    await clearRemains(remains, { clock: host.clock, cgroups });
    host.log.forget(this.run.owner.id, this.run.instance);
  }

  #enter(state: ProcessState): void {
    this.state = state;
    this.#context.onChange(this);
  }
}

/** SIGXFSZ: a file was to grow over the limit. */
function isFileTooLarge(exit: Exit): boolean {
  return exit.kind === 'signal' && exit.signal === constants.signals.SIGXFSZ;
}

/** A wait that may be cut short, which is no fault. */
async function waitUntil(wait: Promise<void>): Promise<void> {
  try {
    await wait;
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  }
}
