/**
 * One run of one process on this machine, from its order on disk to the last line it wrote.
 *
 * ```
 * begin:  order on disk ─► environment, layers, mounts ─► spawn ─► claim ─► ready ─► up
 * adopt:  order read ───────────────────────────────────► claim ─► (ready) ─► up
 * end:    exit file, or process 1 gone without one ─► pump ended ─► output kept to the last byte ─► ended
 * ```
 *
 * Whether it was begun by this engine or by one before makes no difference after the claim.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { asDozenError } from '../../base/error.ts';
import type { Exit, ProcessState } from '../../factors/06-processes/process.ts';
import type { Cgroups } from './cgroups.ts';
import type { BatchListener, Host } from './host.ts';
import { OutputReader } from './output-reader.ts';
import { childrenOf, isAlive, type ProcessIdentity } from './proc.ts';
import { isReady, timeoutOf } from './readiness.ts';
import { isPumping, type Run, readClaim, readExit, removeTree, voidClaim, writeRun } from './run-folder.ts';
import { launch, prepare, type Sandbox } from './sandbox/sandbox.ts';
import type { Walls } from './walls.ts';

export interface ProcessContext {
  readonly host: Host;
  readonly walls: Walls;
  readonly cgroups: Cgroups | null;
  /** Told of each change of state. */
  readonly onChange: (process: LocalProcess) => void;
  /** Says a line about the process in its owner's log. */
  readonly say: (process: LocalProcess, text: string) => void;
}

/** How long process 1 may outlive the processes that were killed in it. */
const afterKillMs = 2_000;
const pumpEndsWithinMs = 5_000;

export class LocalProcess {
  readonly run: Run;
  state: ProcessState = 'starting';
  exit: Exit | null = null;
  readyMs: number | null = null;
  /** Why it did not become ready in time; set before it is stopped for it. */
  unready: string | null = null;
  readonly ended: Promise<Exit>;
  /** Resolves when nothing of it is left on disk either. */
  readonly cleared: Promise<void>;
  readonly listeners = new Set<BatchListener>();
  readonly #context: ProcessContext;
  readonly #folder: string;
  readonly #status: string;
  readonly #output: OutputReader;
  readonly #over = new AbortController();
  #init: ProcessIdentity | null = null;
  #main: number | null = null;
  #resolveEnded: (exit: Exit) => void = () => undefined;
  #resolveCleared: (cleared: Promise<void>) => void = () => undefined;
  #finishing = false;
  #overQuota = false;
  #probing = false;
  #begun: Promise<void> = Promise.resolve();
  #stopping: Promise<Exit> | null = null;

  constructor(run: Run, context: ProcessContext) {
    this.run = run;
    this.#context = context;
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
      const sandbox = await this.#sandbox();
      prepare(sandbox);
      this.#output.start();
      launch(sandbox).once('error', (error) => this.#notStarted(error));
    } catch (error) {
      this.#notStarted(error);
    }
  }

  /** Takes over a run that an engine before this one began. */
  adopt(): void {
    voidClaim(this.#status);
    this.#output.start();
    this.look();
  }

  /** Looks at the claim and the exit: called when either file changed, and now and then. */
  look(): void {
    if (this.#finishing || this.isOver) return;
    const exit = readExit(this.#status);
    if (exit !== null) return void this.#finish(this.#explain(exit));
    const claim = readClaim(this.#status);
    if (claim.kind === 'void')
      return void this.#finish({ kind: 'unknown', why: 'its start was interrupted' });
    if (claim.kind !== 'held') return;
    this.#init = claim.init;
    if (claim.started) this.#main ??= childrenOf(claim.init.pid)[0] ?? null;
    if (isAlive(claim.init)) return;
    // The exit is written before the end: looked at once more, its absence is final.
    const last = readExit(this.#status);
    void this.#finish(
      last === null ? { kind: 'unknown', why: 'its monitor was killed' } : this.#explain(last),
    );
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
      ageMs,
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

  /** Its measured quota is exceeded. */
  killForMemory(): void {
    this.#overQuota = true;
    this.kill();
  }

  kill(): void {
    if (this.#main !== null) signal(-this.#main, 'SIGKILL');
    else if (this.#init !== null) signal(this.#init.pid, 'SIGKILL');
  }

  /** Lets go without touching it. */
  release(): void {
    this.#output.stop();
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
      this.#context.say(this, `Stopping with ${stop.signal}`);
      signal(stop.target === 'group' ? -this.#main : this.#main, stop.signal);
      await waitUntil(clock.sleep(stop.graceMs, gone));
    }
    if (!this.isOver && !this.#finishing) {
      if (this.#main !== null)
        this.#context.say(this, `Still there after ${stop.graceMs / 1000} s: killing it with SIGKILL`);
      this.kill();
      await waitUntil(clock.sleep(afterKillMs, gone));
      if (!this.isOver && !this.#finishing && this.#init !== null) signal(this.#init.pid, 'SIGKILL');
      this.look();
    }
    return this.ended;
  }

  async #sandbox(): Promise<Sandbox> {
    const { host, walls, cgroups } = this.#context;
    const { run } = this;
    const person = host.person(run.owner.id);
    const environment = await host.environment(run.spec.environment);
    const port = run.port === null ? {} : { PORT: String(run.port) };
    return {
      folder: this.#folder,
      status: this.#status,
      identity: person,
      lowers: [...(await host.layers(run.spec, person)), ...(await walls.lowers(person))],
      upper: path.join(this.#folder, 'upper'),
      binds: [...walls.binds, ...walls.volumes(run.owner.id, run.spec.volumes, person)],
      network: 'host',
      hostname: run.process.replaceAll(/[^a-zA-Z0-9-]/g, '-').slice(0, 63),
      environment: { ...environment, ...port, DYNO: run.process },
      command: run.spec.command,
      directory: '/app',
      cgroups: cgroups === null ? [] : [cgroups.make(run.instance, run.spec.memoryLimit)],
      niceness: 0,
    };
  }

  #notStarted(error: unknown): void {
    const { code, message } = asDozenError(error);
    voidClaim(this.#status);
    void this.#finish({ kind: 'not-started', why: `${message} (${code})` });
  }

  /** What the kernel knows beside the exit code. */
  #explain(exit: Exit & { readonly left?: number }): Exit {
    const { cgroups } = this.#context;
    if (exit.kind === 'not-started') return { kind: 'not-started', why: `${exit.why}: ${this.#setupLog()}` };
    if (exit.left !== undefined && exit.left > 0 && this.#stopping === null) {
      this.#context.say(
        this,
        `It ended and left ${exit.left} of its own processes behind; they were ended with it (a process must not go into the background)`,
      );
    }
    const kernelKilled = cgroups !== null && cgroups.memoryKills(this.run.instance) > 0;
    if (exit.kind !== 'code' && (kernelKilled || this.#overQuota))
      return { kind: 'memory', limit: this.run.spec.memoryLimit };
    return exit.kind === 'code'
      ? { kind: 'code', code: exit.code }
      : exit.kind === 'signal'
        ? { kind: 'signal', signal: exit.signal }
        : exit;
  }

  #setupLog(): string {
    return readFileSync(path.join(this.#folder, 'setup.log'), 'utf8').trim().slice(-500);
  }

  async #finish(exit: Exit): Promise<void> {
    if (this.#finishing) return;
    this.#finishing = true;
    const { host } = this.#context;
    const deadline = host.clock.monotonic() + pumpEndsWithinMs;
    while (isPumping(this.#folder) && host.clock.monotonic() < deadline) await host.clock.sleep(3);
    this.#output.finish();
    if (this.run.port !== null && this.run.spec.port === 'lease') host.ports.release(this.run.instance);
    this.exit = exit;
    this.#enter('gone');
    this.#over.abort();
    this.#resolveEnded(exit);
    this.#resolveCleared(this.#clear());
  }

  /** The folder goes last but for the status, so that what is left halfway is found again. */
  async #clear(): Promise<void> {
    const { host, cgroups } = this.#context;
    await this.#removeFolder();
    await Promise.all([
      rm(`${this.#status}.claim`, { force: true }),
      rm(`${this.#status}.exit`, { force: true }),
    ]);
    host.log.forget(this.run.owner.id, this.run.instance);
    if (cgroups !== null) await removeCgroup(cgroups, { name: this.run.instance, clock: host.clock });
  }

  /** A start that was given up may still be at its first steps, and put something into the folder while it is emptied. */
  async #removeFolder(): Promise<void> {
    for (let waitMs = 5; ; waitMs *= 2) {
      try {
        return await removeTree(this.#folder);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || waitMs > 1_000) throw error;
      }
      await this.#context.host.clock.sleep(waitMs);
    }
  }

  #enter(state: ProcessState): void {
    this.state = state;
    this.#context.onChange(this);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A wait that may be cut short, which is no fault. */
async function waitUntil(wait: Promise<void>): Promise<void> {
  try {
    await wait;
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  }
}

/** The kernel lets go of a group a moment after its last process. */
async function removeCgroup(
  cgroups: Cgroups,
  { name, clock }: { readonly name: string; readonly clock: Clock },
): Promise<void> {
  for (let waitMs = 1; ; waitMs *= 2) {
    try {
      return cgroups.remove(name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || waitMs > 1000) throw error;
    }
    await clock.sleep(waitMs);
  }
}
