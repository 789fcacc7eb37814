/**
 * Where an app is run to be watched.
 *
 * Terms
 * - *chamber*: a private network and process namespace in which the lab, its services and the app live. Nothing in it reaches
 *   another machine; when it ends, nothing of it is left.
 * - *deploy*: the app with variables and services of its own, its release phase done. Several live side by side.
 * - *instance*: one process of a deploy, in a sandbox: read-only machine, private `/tmp`, its own writable layer over the code.
 *
 * Everything started is stopped by what started it, and in any case with the chamber.
 */
import type { HttpRequest } from '../scenario/scenario.ts';
import type { BuiltApp, Subject } from '../subject.ts';
import type { Answer, Sending } from './http.ts';
import type { OutputLine } from './output.ts';
import type { Service, ServiceKind } from './service.ts';
import type { Trace } from './trace.ts';

export interface Lab {
  readonly subject: Subject;
  readonly app: BuiltApp;
  /** Aborted when the experiment's time is over, or the check was stopped. */
  readonly signal: AbortSignal;
  /** A token that is new at each call, for `{token}`. */
  token(): string;
  /** The one for `{token}` where a session begins: all sign in as the same visitor. */
  readonly memberToken: string;
  /** Milliseconds since the check began, as evidence has it. */
  now(): number;
  /**
   * A deploy with fresh services.
   * @throws Unobservable when a service's server is missing, the release phase fails or a required variable has no value
   */
  deploy(options?: DeployOptions): Promise<Deploy>;
  /**
   * A deploy that experiments which change nothing of it may share: fresh, with one `web` up and ready, not traced.
   * @throws Unobservable as `deploy` does, and when web does not become ready
   */
  shared(): Promise<{ readonly deploy: Deploy; readonly web: Instance }>;
  /**
   * A deploy whose every process type was started once with its system calls recorded, and to which the scenario's requests were
   * sent. Made once, looked at by all: nothing of it may be stopped or changed.
   * @throws Unobservable
   */
  watched(): Promise<Watched>;
  /**
   * What every process type wrote when all services of its deploy were taken away while requests came. Made once, looked at by all.
   * @throws Unobservable
   */
  lost(): Promise<Lost>;
  /** Resolves after a while; rejects when the experiment's time is over. For asking again what cannot be waited for. */
  pause(ms: number): Promise<void>;
  /** The work, under a deadline of its own. @throws Unobservable */
  within<T>(ms: number, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export interface DeployOptions {
  /** Over the scenario's and the declared ones; null takes one away. */
  readonly env?: Readonly<Record<string, string | null>>;
  /** Whether the services are servers of its own, that may be stopped, instead of databases on shared ones. */
  readonly ownServers?: boolean;
  /** Whether the release phase is run; default true. */
  readonly release?: boolean;
}

export interface Deploy {
  /** All variables of its processes but PORT. */
  readonly variables: Readonly<Record<string, string>>;
  readonly services: readonly Service[];
  /** Variables of services that it goes without: of a kind that is not started, with a value of the scenario's. */
  readonly unprovided: readonly string[];
  service(kind: ServiceKind): Service | null;
  /** Starts one process; does not wait until it is ready. */
  start(type: string, options?: StartOptions): Promise<Instance>;
  /** Starts one and waits until it is ready. @throws Unobservable with its last lines when it is not */
  up(type: string, options?: StartOptions): Promise<Instance>;
  /** A one-off command of the same build and config. */
  run(command: string, options?: StartOptions): Promise<OneOff>;
  /** The release phase, for a deploy that was made without; null: the app has none. @throws Unobservable when it fails */
  release(options?: StartOptions): Promise<OneOff | null>;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string | null>>;
  /** Default: a free one. Given to every type as PORT, as the platform does to `web`. */
  readonly port?: number;
  /** Whether system calls are recorded. */
  readonly trace?: boolean;
  /** Whether the code cannot be written to; default: it can, in a layer of the instance's own. */
  readonly readOnly?: boolean;
}

export interface Instance {
  /** `web.1` */
  readonly name: string;
  readonly type: string;
  readonly port: number;
  readonly startedAt: number;
  /** Lines so far, oldest first, each with when it was read. */
  readonly output: () => readonly OutputLine[];
  /** The first line, past or to come, that matches; null when the process ended or the time was over before it. */
  line(matches: (line: string) => boolean, withinMs: number): Promise<OutputLine | null>;
  /**
   * Resolves once it is ready: `web` when it listens at its port and answers a request with any status; other types when they
   * have lived a moment without ending. Says why not otherwise.
   */
  readonly ready: Promise<Readiness>;
  /** Resolves when every process of it is gone. */
  readonly ended: Promise<Ending>;
  /** What runs in its sandbox now. */
  processes(): readonly ProcessInfo[];
  /** That of its command, whatever program it has become; null when it has ended. */
  main(): ProcessInfo | null;
  /** What its processes listen at now. */
  listeners(): readonly Listener[];
  /** To its process group, as the platform does. */
  signal(name: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): void;
  /** SIGKILL to all of it, and waits until it is gone. */
  kill(): Promise<Ending>;
  /** SIGTERM, grace, SIGKILL. */
  stop(graceMs?: number): Promise<Ending>;
  /** Sends a request to it. Never throws: what went wrong is an answer without a status. */
  send(sending: Sending): Promise<Answer>;
  /**
   * Does what comes before it: signs in, reads the pages that it takes something from. What is given back goes out at once.
   * @throws Unobservable when that cannot be done: what was never sent would look as if the app had failed
   */
  prepare(sending: Sending): Promise<Sending>;
  /** Shows that the requests can be sent. @throws Unobservable as `prepare` does */
  prepareFor(requests: readonly (HttpRequest | null)[], signal: AbortSignal): Promise<void>;
  /** Files it has written or removed, relative to `/`, e.g. `app/log/production.log`, `tmp/cache`. */
  written(): readonly WrittenFile[];
  /** Its system calls so far, in order. Empty when it was not started with `trace`. */
  trace(): Trace;
}

export type Readiness =
  | { readonly ready: true; readonly tookMs: number }
  /** `late`: its time was over; otherwise it had ended. */
  | { readonly ready: false; readonly why: string; readonly late: boolean };

export interface Ending {
  readonly atMs: number;
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** Its name, followed by why where that was the limit of memory. */
  readonly signal: string | null;
}

export interface ProcessInfo {
  /** As the chamber sees it. */
  readonly pid: number;
  readonly parent: number;
  /** Its session. */
  readonly session: number;
  readonly argv: readonly string[];
}

export interface Listener {
  readonly address: string;
  readonly port: number;
  readonly pid: number;
}

export interface WrittenFile {
  readonly path: string;
  /** Bytes; null: it was removed. */
  readonly size: number | null;
}

export interface OneOff {
  readonly ending: Ending;
  readonly output: readonly OutputLine[];
  readonly written: readonly WrittenFile[];
  readonly trace: Trace;
}

/** What `Lab.watched` brings. */
export interface Watched {
  readonly deploy: Deploy;
  /** Its release phase; null: the app has none. */
  readonly release: OneOff | null;
  /** Every process type once, `web` first. */
  readonly instances: readonly WatchedInstance[];
  readonly web: Instance | null;
  /** What was sent to `web`, in order. */
  readonly exchanges: readonly Exchange[];
  /** What stands for `{token}` in them. */
  readonly token: string;
  /** A text that was sent as a bearer token and as a cookie with every request: it belongs in no log. */
  readonly requestSecret: string;
  /** Before this, processes were starting. */
  readonly readyAtMs: number;
}

export interface WatchedInstance {
  readonly instance: Instance;
  readonly readiness: Readiness;
}

export interface Exchange {
  readonly role: 'cheap' | 'write' | 'read' | 'enqueue' | 'done';
  readonly request: HttpRequest;
  readonly answer: Answer;
}

/** What `Lab.lost` brings. */
export interface Lost {
  /** It is stopped. */
  readonly deploy: Pick<Deploy, 'variables'>;
  /** Kinds of those that were taken away: `postgres and redis`. */
  readonly services: string;
  /** `web` first. */
  readonly outputs: readonly OutputOfLoss[];
  readonly provokedAtMs: number;
}

export interface OutputOfLoss {
  readonly process: string;
  /** From its start on. */
  readonly lines: readonly OutputLine[];
  /** How many of them were there before the loss. */
  readonly since: number;
}
