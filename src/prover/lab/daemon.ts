/** A server that the lab itself starts: what it printed last is kept, to say why it did not come up. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { UserId } from '../chamber/job.ts';
import { Unobservable } from '../unobservable.ts';

export interface DaemonSpec {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: UserId | null;
  readonly port: number;
  /** Whether it does its work; default: as soon as its port takes connections. */
  readonly isUp?: () => Promise<boolean>;
}

export interface Daemon {
  /** Sends the signal and waits until it is gone. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

const upWithinMs = 20_000;

/** Resolves when it is up. @throws Unobservable */
export async function startDaemon({ argv, cwd, env, user, port, isUp }: DaemonSpec): Promise<Daemon> {
  const identity = user === null ? {} : { uid: user.uid, gid: user.gid };
  const [program, ...args] = argv;
  const child = spawn(program, args, { cwd, env, ...identity, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
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
  while (!(await (isUp ?? (() => takesConnections(port)))())) {
    if (hasEnded(child) || limit.aborted) {
      child.kill('SIGKILL');
      throw new Unobservable(`${program} did not come up: ${said.trim().split('\n').at(-1) ?? ''}`);
    }
    await wait(10);
  }
  return {
    stop: async (signal) => {
      child.kill(signal);
      await gone;
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

export async function takesConnections(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
