/**
 * A server that the lab itself starts, between walls of its own: an app may talk it into running commands, and is no further
 * for it. What it printed last is kept, to say why it did not come up.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { basename } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { UserId } from '../chamber/job.ts';
import { Unobservable } from '../unobservable.ts';
import { sendSignal, walledProcesses } from './proc.ts';
import { argumentsDescriptor, asBubblewrapReads, lesser, serverArguments } from './sandbox.ts';

export interface DaemonSpec {
  readonly bwrap: string;
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** What it reads besides the machine's programs. */
  readonly reads: readonly string[];
  /** Where alone it writes. */
  readonly writes: string;
  readonly user: UserId | null;
  /** Whether it answers: a server takes connections before it does. */
  isUp(): Promise<boolean>;
}

export interface Daemon {
  /** Sends the signal and waits until it is gone, with all that it started. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

const upWithinMs = 30_000;
/** A server that does not heed its signal for so long is killed. */
const goneWithinMs = 20_000;
const lookEveryMs = 10;

/** Resolves when it answers. @throws Unobservable */
export async function startDaemon(spec: DaemonSpec): Promise<Daemon> {
  const program = basename(spec.argv[0]);
  const child = launch(spec);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000);
    });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      said += error.message;
      resolve();
    });
  });
  const limit = AbortSignal.timeout(upWithinMs);
  while (!(await spec.isUp())) {
    if (hasEnded(child) || limit.aborted) {
      child.kill('SIGKILL');
      throw new Unobservable(`${program} did not come up: ${said.trim().split('\n').at(-1) ?? ''}`);
    }
    await wait(lookEveryMs);
  }
  return {
    stop: async (signal) => {
      if (signal === 'SIGKILL') child.kill('SIGKILL');
      else signalServer(child, signal);
      const late = wait(goneWithinMs, 'late' as const, { ref: false });
      if ((await Promise.race([gone, late])) === 'late') child.kill('SIGKILL');
      await gone;
    },
  };
}

function launch({ bwrap, argv, env, reads, writes, user }: DaemonSpec): ChildProcess {
  const words = asBubblewrapReads(serverArguments({ reads, writes, env }));
  const wall = [bwrap, '--args', String(argumentsDescriptor), '--'];
  const child = spawn('setpriv', [...lesser(user), '--', ...wall, ...argv], {
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const given = child.stdio[argumentsDescriptor] as Writable;
  // bubblewrap that ended before it had read them says why on its output.
  given.on('error', () => undefined);
  given.end(words);
  return child;
}

/** Bubblewrap passes no signal on. */
function signalServer({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  const inside = pid === undefined ? [] : walledProcesses(pid);
  const server = inside.find(({ parent }) => !inside.some((other) => other.pid === parent));
  if (server !== undefined) sendSignal(server.pid, signal);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}
