/** One process of a deploy: started in a sandbox, watched, signalled, and gone when it is said to be. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { UserId } from '../chamber/job.ts';
import { nameOf } from '../scenario/request.ts';
import type { HttpRequest, SessionScenario } from '../scenario/scenario.ts';
import type { RuntimeFolder } from '../subject.ts';
import { Unobservable } from '../unobservable.ts';
import { type Send, send } from './http.ts';
import type { Ending, Instance, Listener, ProcessInfo, Readiness } from './lab.ts';
import type { Hold, MemoryWatch } from './memory-watch.ts';
import { Output, tellingLine } from './output.ts';
import { endFirst, isListenedAt, listenersOf, sendSignal, walledProcesses } from './proc.ts';
import { argumentsDescriptor, innerArguments, outerCommand, type Sandbox } from './sandbox.ts';
import type { Layer } from './scratch.ts';
import { openSender } from './sender.ts';
import { StrayWatch } from './stray-watch.ts';
import { TraceFile } from './trace-file.ts';

export interface InstanceSpec {
  readonly name: string;
  readonly type: string;
  readonly command: string;
  readonly port: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly readOnly: boolean;
  readonly bwrap: string;
  readonly strace: string | null;
  readonly user: UserId | null;
  readonly runtimes: readonly RuntimeFolder[];
  readonly layer: Layer;
  /** Asked to tell whether a web process is ready. */
  readonly health: HttpRequest;
  /** How its member signs in; null: nothing says how. */
  readonly session: SessionScenario | null;
  /** For `{token}` in that. */
  readonly memberToken: string;
  readonly startMs: number;
  readonly graceMs: number;
  readonly now: () => number;
  readonly epoch: () => number;
  readonly memory: MemoryWatch;
}

/** Other types than `web` are ready when they have lived this long. */
const settledMs = 700;

/** An instance, and what it leaves: its layer goes with `discard`. */
export interface Started extends Instance {
  discard(): Promise<void>;
}

export function startInstance(spec: InstanceSpec): Started {
  const { name, type, port, layer, now } = spec;
  const startedAt = now();
  const pipe = openPipe(layer);
  const child = launch(spec, pipe);
  const output = new Output(pipe.reader, now);
  const hold = holdMemory(child, spec);
  const ended = endingOf(child, { output, now }).then(hold.explain);
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const trace = new TraceFile(path.join(layer.traceFolder, 'calls'), spec.epoch);
  const found = (): AppProcesses => appProcesses(child, { traced: spec.strace !== null });
  const processes = (): readonly ProcessInfo[] => found().all;
  const listeners = (): readonly Listener[] => listenersOf(processes().map(({ pid }) => pid));
  const kill = async (): Promise<Ending> => {
    child.kill('SIGKILL');
    return ended;
  };
  const signal: Instance['signal'] = (which) => {
    const leader = processes().find(({ pid, session }) => pid === session);
    if (leader !== undefined) sendSignal(-leader.pid, which);
  };
  const ready = readiness(spec, { listeners, startedAt, isOver: () => over, ended, output });
  const plainly: Send = (sending) => send({ port, now }, sending);
  const sender = openSender({ session: spec.session, token: spec.memberToken, send: plainly, now });
  const prepare: Instance['prepare'] = async (sending) => {
    const prepared = await sender.prepare(sending);
    if ('sending' in prepared) return prepared.sending;
    throw new Unobservable(`${nameOf(sending.request)} cannot be sent to ${name}: ${prepared.failure}`);
  };
  // Whoever waits for it is told; not everybody does.
  ready.catch(() => undefined);
  return {
    name,
    type,
    port,
    startedAt,
    output: () => output.lines(),
    line: (matches, withinMs) => output.find(matches, withinMs),
    ready,
    ended,
    processes,
    main: () => found().main,
    listeners,
    signal,
    kill,
    stop: async (graceMs = spec.graceMs) => {
      signal('SIGTERM');
      const late = wait(graceMs, 'late' as const);
      return (await Promise.race([ended, late])) === 'late' ? kill() : ended;
    },
    send: sender.send,
    prepare,
    prepareFor: async (requests, signal) => {
      for (const request of requests) if (request !== null) await prepare({ request, signal });
    },
    written: () => layer.written(),
    trace: () => trace.events(),
    discard: async () => {
      await kill();
      hold.release();
      layer.close();
    },
  };
}

interface Pipe {
  readonly reader: Readable;
  /** Closed once the process has it. */
  readonly writer: number;
}

/**
 * A FIFO, which an app can open by name as `/dev/stdout`. Its two ends are descriptions of their own: a writer that does not
 * block is one that loses lines, or dies of it.
 */
function openPipe(layer: Layer): Pipe {
  const fifo = layer.output;
  const made = spawnSync('mkfifo', ['-m', '666', fifo], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`mkfifo ${fifo}: ${made.stderr}`);
  const reading = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(fifo, constants.O_WRONLY);
  return { reader: new Socket({ fd: reading, readable: true, writable: false }), writer };
}

function launch(spec: InstanceSpec, pipe: Pipe): ChildProcess {
  const sandbox: Sandbox = {
    bwrap: spec.bwrap,
    strace: spec.strace,
    user: spec.user,
    layer: spec.layer,
    readOnly: spec.readOnly,
    runtimes: spec.runtimes,
    variables: spec.variables,
    command: spec.command,
  };
  const [program, ...args] = outerCommand(sandbox);
  const words = innerArguments(sandbox);
  const child = spawn(program, args, {
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', pipe.writer, pipe.writer, 'pipe'],
  });
  closeSync(pipe.writer);
  // Before bubblewrap has read its arguments, and so before it starts anything.
  if (child.pid !== undefined) endFirst(child.pid);
  const given = child.stdio[argumentsDescriptor] as Writable;
  // bubblewrap that ended before it had read them says why on its output.
  given.on('error', () => undefined);
  given.end(words);
  return child;
}

interface MemoryHold extends Pick<Hold, 'release'> {
  /** The ending, with why where that was the limit of memory. */
  explain(ending: Ending): Ending;
}

function holdMemory({ pid }: ChildProcess, { memory, layer }: InstanceSpec): MemoryHold {
  if (pid === undefined) return { explain: (ending) => ending, release: () => undefined };
  let overrun: string | null = null;
  const hold = memory.hold(pid, {
    writtenBytes: () => layer.bytes(),
    ended: (why) => {
      overrun = why;
    },
  });
  return {
    explain: (ending) => {
      hold.left();
      return overrun === null ? ending : { atMs: ending.atMs, code: null, signal: `SIGKILL, ${overrun}` };
    },
    release: hold.release,
  };
}

/** Resolves when bubblewrap has ended, and with it its namespace, and all that was printed has been read. */
async function endingOf(
  child: ChildProcess,
  { output, now }: { readonly output: Output; readonly now: () => number },
): Promise<Ending> {
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('exit', (...exit) => resolve(exit));
    child.once('error', (error) => resolve([127, error.message]));
  });
  const atMs = now();
  await output.ended;
  // As a shell has it: 128 and the signal's number.
  return code !== null && code > 128 && code < 160
    ? { atMs, code: null, signal: signalName(code - 128) }
    : { atMs, code, signal };
}

function signalName(number: number): string {
  return Object.entries(signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}

const signals: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXFSZ: 25,
};

interface AppProcesses {
  /** What was started as the app's command, whatever it has become since; null when it has ended. */
  readonly main: ProcessInfo | null;
  readonly all: readonly ProcessInfo[];
}

/** Told by their places: an app may take any name. strace, where it is, is the first that bubblewrap starts. */
function appProcesses({ pid }: ChildProcess, { traced }: { readonly traced: boolean }): AppProcesses {
  const inside = pid === undefined ? [] : walledProcesses(pid);
  const first = inside.find(({ parent }) => !inside.some((other) => other.pid === parent)) ?? null;
  if (!traced) return { main: first, all: inside };
  return {
    main: inside.find(({ parent }) => parent === first?.pid) ?? null,
    all: inside.filter((each) => each !== first),
  };
}

interface Watching {
  readonly listeners: () => readonly Listener[];
  readonly startedAt: number;
  readonly isOver: () => boolean;
  readonly ended: Promise<Ending>;
  readonly output: Output;
}

const lookEveryMs = 10;
const healthLimitMs = 5_000;

async function readiness(spec: InstanceSpec, watching: Watching): Promise<Readiness> {
  const { type, port, now, startMs } = spec;
  const { listeners, startedAt, isOver, output } = watching;
  const whyEnded = async (): Promise<Readiness> => {
    const { code, signal } = await watching.ended;
    const last = tellingLine(output.lines());
    return {
      ready: false,
      why: `it ended with ${signal ?? `code ${code}`}: ${last.slice(0, 300)}`,
      late: false,
    };
  };
  if (type !== 'web') {
    await Promise.race([wait(settledMs), watching.ended]);
    return isOver() ? whyEnded() : { ready: true, tookMs: now() - startedAt };
  }
  const strays = new StrayWatch({ port, now, listeners });
  while (!isOver()) {
    const left = startedAt + startMs - now();
    if (left <= 0 || strays.settled())
      return { ready: false, why: notAnswering(port, listeners()), late: true };
    if (isListenedAt(port) && listeners().some((each) => each.port === port)) {
      const timeoutMs = Math.min(left, healthLimitMs);
      const answer = await send({ port, now }, { request: spec.health, timeoutMs });
      if (answer.status !== null) return { ready: true, tookMs: answer.atMs - startedAt };
    }
    await wait(lookEveryMs);
  }
  return whyEnded();
}

function notAnswering(port: number, listeners: readonly Listener[]): string {
  if (listeners.some((each) => each.port === port))
    return 'it listens at its port and answers no request in time';
  const others = [...new Set(listeners.map((each) => each.port))];
  return others.length === 0
    ? 'it listens at no port'
    : `it listens at ${others.join(', ')} instead of the port that PORT names`;
}
