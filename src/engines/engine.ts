/**
 * What runs processes.
 *
 * An engine is told **outcomes**, never steps: "let this formation at this release be what runs". The local engine
 * carries the decisions of rooms 08 and 09 out by itself; an engine over Kubernetes translates them into rollouts,
 * probes and Jobs. Both pass `engine.contract.ts`.
 *
 * Terms
 * - *owner*: whose processes they are, an app or a service. The unit of isolation (one user id) and of a rollout.
 * - *generation*: a number the caller raises with every `apply` for an owner. A lower one is refused.
 * - *instance*: one start of one process. `web.1` lives through many instances.
 *
 * Lifecycle of a generation
 *
 * ```
 * apply ──► progressing ──► settled      every process of it is up, none of the one before is left
 *                 └───────► failed       a process did not become ready: what it started is stopped, and the last
 *                                        settled generation is what runs again
 * ```
 *
 * Guarantees
 * 1. `apply` has returned: the formation is on disk. A SIGKILL of the engine at any later moment changes nothing but time.
 * 2. Processes do not depend on the engine's own life. The next engine over the same state adopts them: same pids, same
 *    ports, no line of output lost or doubled, and their exit codes known, or said to be `unknown` where nobody saw them.
 * 3. A process that ends while it is wanted is started again after its back-off, for ever.
 * 4. Secrets are asked for when a process starts, through `EnvironmentRef`, and never kept on disk by an engine.
 * 5. Hosts and maintenance hold from `apply` or `reach` on, whether or not processes come up; who answers changes when they all have.
 * 6. Isolation: a process sees its layers, its volumes, its variables and nothing else of the machine or of other owners.
 * 7. A host under `localhost` that a process's variables speak of, such as another app's, resolves to the edge inside of it.
 */
import type { Digest } from '../base/digest.ts';
import type { ErrorShape } from '../base/error.ts';
import type { Runtime } from '../factors/05-build-release-run/slug.ts';
import type { Exit, ProcessState } from '../factors/06-processes/process.ts';
import type { Readiness } from '../factors/07-port-binding/readiness.ts';
import type { Endpoint } from '../factors/07-port-binding/route.ts';
import type { ProcessSize } from '../factors/08-concurrency/process-size.ts';
import type { Replacement } from '../factors/09-disposability/replacement.ts';
import type { StopPolicy } from '../factors/09-disposability/stop-policy.ts';
import type { LogLine } from '../factors/11-logs/log-line.ts';

export interface Owner {
  readonly kind: 'app' | 'service';
  /** A UUID. */
  readonly id: string;
  /** For people and for the log. */
  readonly name: string;
}

export interface Desired {
  readonly owner: Owner;
  readonly generation: number;
  /** The release these processes are of; null for a service. */
  readonly release: number | null;
  /** Hosts whose requests go to the processes of type `web`. Empty for a service. */
  readonly hosts: readonly string[];
  /** Requests for the hosts are answered by the edge, and reach no process; absent: they reach one. */
  readonly maintenance?: boolean;
  readonly types: readonly DesiredType[];
}

/** What the edge does with requests. */
export type EdgeRules = Required<Pick<Desired, 'hosts' | 'maintenance'>>;

export interface DesiredType {
  /** E.g. `web`. Together with an index from 1 it names a process: `web.1`. */
  readonly type: string;
  readonly quantity: number;
  readonly spec: ProcessSpec;
  readonly readiness: Readiness;
  readonly replacement: Replacement;
  readonly stop: StopPolicy;
  /** A TCP port of the edge whose connections go to the type's processes, on their `PORT`; absent: none. */
  readonly exportedAt?: number;
}

/** Everything that makes two processes the same. A change of any of it replaces the process. */
export interface ProcessSpec {
  /** A line for `/bin/sh -c` inside the isolation, or a program with its arguments. */
  readonly command: { readonly shell: string } | { readonly argv: readonly string[] };
  /** Slug layers, top-most first. */
  readonly layers: readonly Digest[];
  readonly runtimes: readonly Runtime[];
  readonly environment: EnvironmentRef;
  readonly volumes: readonly Volume[];
  /** `lease`: a free port of the machine, given as `PORT`. A number: that port. null: none. */
  readonly port: 'lease' | number | null;
  /** Bytes. */
  readonly memoryLimit: number;
  /** Cores, e.g. 0.5; null: no limit. An engine that cannot hold it says so once in the owner's log. */
  readonly cpu: number | null;
  /** Bytes that it may write beside its volumes; over it, it is killed. */
  readonly diskLimit: number;
}

/** Where a process's variables come from: resolved at its start, so that a rotated credential is the current one. */
export interface EnvironmentRef {
  readonly ownerId: string;
  /** A release's version, or a service's revision. */
  readonly revision: number;
  /** Other when its values are other though the revision is not, as after a credential was rotated. Tells nothing of them. */
  readonly edition?: string;
}

/** A folder that outlives the process, owned by the owner's user id. */
export interface Volume {
  /** Letters, digits and `-`: unique for its owner. */
  readonly name: string;
  /** Absolute path inside the isolation. */
  readonly path: string;
}

/** Processes of a formation: of a type, of a name such as `web.1`, of both, or all. */
export interface Selection {
  readonly type?: string;
  readonly process?: string;
}

export interface ProcessView {
  readonly owner: Owner;
  readonly generation: number;
  readonly release: number | null;
  readonly instance: string;
  /** E.g. `web.1`. */
  readonly process: string;
  /** As it was given; the words of a program beside each other. */
  readonly command: string;
  /** What it was given at its start. */
  readonly size: ProcessSize;
  readonly state: ProcessState;
  /** Of the process that was started, as this machine numbers it; null before its start and after its end. */
  readonly pid: number | null;
  readonly port: number | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** From the start to ready; null until it is. */
  readonly readyMs: number | null;
  readonly exit: Exit | null;
  /** How often in a row a process of this name ended unasked; a life of a minute begins anew. */
  readonly crashes: number;
}

/** What happens, in order. `observe` begins with one `process` event for each process there is. */
export type Observation =
  | { readonly kind: 'process'; readonly at: number; readonly process: ProcessView }
  | { readonly kind: 'rollout'; readonly at: number; readonly rollout: Rollout };

export interface Rollout {
  readonly owner: Owner;
  readonly generation: number;
  readonly state: 'progressing' | 'settled' | 'failed';
  /** Why it failed; null otherwise. */
  readonly reason: ErrorShape | null;
}

/** How one start of a process ended. */
export interface Ended {
  /** E.g. `web.1`. */
  readonly process: string;
  readonly instance: string;
  readonly release: number | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly exit: Exit;
  /** Whether it was stopped: by a rollout, a restart, or somebody. */
  readonly asked: boolean;
  /** How often in a row a process of this name had ended unasked, this one counted; 0 when it was asked to, and for one-offs. */
  readonly crashes: number;
  /** What it wrote last, at most ten lines of at most 500 characters; none of a one-off with input. */
  readonly lastLines: readonly string[];
}

export interface OneOffSpec {
  readonly owner: Owner;
  readonly release: number | null;
  /** E.g. `release.4` or `run.1`: what its log lines carry. */
  readonly process: string;
  readonly spec: ProcessSpec;
  readonly stop: StopPolicy;
  /** It is stopped when this is over; null: no limit. */
  readonly timeoutMs: number | null;
  readonly input: OneOffInput;
  /** For this run: over those of its release, under `PORT` and `DYNO`. Never on disk, for they may be secrets. */
  readonly variables: Readonly<Record<string, string>>;
  /**
   * Whether it belongs to nobody: it outlives the call and the caller, is logged and observed as any process, and an engine
   * that takes over lets it run on. Only without input.
   */
  readonly detached: boolean;
}

/**
 * What a one-off reads, and where what it writes goes.
 *
 * - `none`: nothing to read; its lines are kept in the log, as those of any process.
 * - `pipe`: two pipes, one for standard input, one for standard output and error together. Bytes, as they are.
 * - a size: a terminal, of its own, that controls its session.
 *
 * With a pipe or a terminal the log has its start and its end, and nothing of what it reads or writes.
 */
export type OneOffInput = 'none' | 'pipe' | TerminalSize;

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export type OneOffSignal =
  | 'SIGHUP'
  | 'SIGINT'
  | 'SIGQUIT'
  | 'SIGKILL'
  | 'SIGUSR1'
  | 'SIGUSR2'
  | 'SIGTERM'
  | 'SIGCONT'
  | 'SIGTSTP';

export interface OneOff {
  readonly instance: string;
  /** Without input: its lines from the first to the last, ends with the process. May be left unread. */
  readonly lines: AsyncIterable<LogLine>;
  /**
   * With input: what it writes, in the pieces in which it comes, to the last byte. One reader, who may break off and go on later;
   * what is left unread holds the process up.
   */
  readonly output: AsyncIterable<Uint8Array>;
  readonly ended: Promise<Exit>;
  /**
   * Resolves when the process, or the pipe to it, has taken all of it. What a process that is over, or has closed its input, can
   * no longer read is dropped.
   * @throws INPUT_REFUSED when it was started without input
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Nothing more is written: the pipe ends, or the terminal gets ^D. @throws INPUT_REFUSED */
  end(): Promise<void>;
  /** @throws INPUT_REFUSED when it has no terminal */
  resize(size: TerminalSize): Promise<void>;
  /** To the process group that was started; on a terminal a foreground job is reached by its keys instead, ^C by the byte 3. */
  signal(name: OneOffSignal): Promise<void>;
  /** Stops it by its policy. Resolves when it is gone. */
  stop(): Promise<Exit>;
}

export interface Engine {
  /**
   * Makes `desired` what is wanted. Resolves when that is on disk, long before it is reached.
   * @throws DozenError GENERATION_STALE when a generation as high is known already with other content
   */
  apply(desired: Desired): Promise<void>;

  /**
   * Changes how the owner is reached, whatever becomes of its processes meanwhile: no new generation, and nothing for an owner
   * that was never applied. Resolves when it is on disk. The newest generation applied again takes nothing of it back.
   */
  reach(ownerId: string, edge: EdgeRules): Promise<void>;

  /** The rollout of the owner's newest generation, once it is settled or failed and restarts are over; null for an unknown owner. */
  settled(ownerId: string, signal?: AbortSignal): Promise<Rollout | null>;

  /**
   * Replaces the processes of the formation that there are now, by successors of the same formation and in their types'
   * replacement order; one that waits for its back-off starts at once. Resolves when that is on disk, long before it is done:
   * `settled` waits for it.
   * @throws DozenError PROCESS_UNKNOWN when there is none of the selection
   */
  restart(ownerId: string, selection: Selection): Promise<void>;

  /**
   * Ends a one-off by its policy, and resolves when it is gone; a process of the formation is restarted.
   * @throws DozenError PROCESS_UNKNOWN
   */
  stopProcess(ownerId: string, process: string): Promise<void>;

  /** What there is, then every change, until the signal aborts. No change is left out. */
  observe(signal: AbortSignal): AsyncIterable<Observation>;

  /** What there is now. */
  processes(ownerId?: string): Promise<readonly ProcessView[]>;

  /** How its processes ended, one-offs too, newest first: the last hundred. On disk before anything of the process is removed. */
  history(ownerId: string): Promise<readonly Ended[]>;

  /** Who answers for a type of the owner now; without one, for `web`. */
  endpoints(ownerId: string, type?: string): Promise<readonly Endpoint[]>;

  /**
   * Runs one process to its end beside the formation. Aborting the signal, or the end of whoever called, stops it: with input by
   * SIGHUP and its policy, without by its policy alone. One that is detached runs on.
   * @throws TERMINAL_MISSING where this machine can give no terminal
   * @throws DETACHED_WITH_INPUT
   */
  runOneOff(spec: OneOffSpec, signal?: AbortSignal): Promise<OneOff>;

  /**
   * Says a line of the platform's in the owner's log, e.g. as `api`. Resolves when it is on disk. Over a socket it is said again
   * when the answer was lost, so it may stand there twice.
   */
  say(owner: Owner, line: { readonly process: string; readonly text: string }): Promise<void>;

  /** The owner's log, oldest first, from `since` (milliseconds since the epoch); follows until aborted when `follow`. */
  logs(ownerId: string, options: LogsOptions): AsyncIterable<LogLine>;

  /** Stops what runs for the owner and forgets it, volumes too. Resolves when nothing is left. */
  destroy(ownerId: string): Promise<void>;

  /**
   * Stops everything, apps before services; what is left after `withinMs` is killed. Nothing is wanted afterwards until it is
   * applied again; volumes stay.
   */
  halt(withinMs: number): Promise<void>;

  /** Lets go: processes run on, the next engine adopts them. */
  close(): Promise<void>;
}

export interface LogsOptions {
  readonly since?: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}
