/**
 * A chamber: the experiments run in namespaces of their own, with nothing but a loopback.
 *
 * ```
 * dozen check ─► setpriv (ends with us) ─► unshare: net, pid, mount (and user, unless root) ─► chamber, pid 1 of its namespace
 *                                                                                                ├─ services
 *                                                                                                └─ sandboxes of the app
 * ```
 *
 * When pid 1 ends, however it ends, the kernel ends every process in its namespace, and its network and mounts are gone.
 */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { platformError, userError } from '../../base/error.ts';
import { fromNdjson, toNdjson } from '../../base/ndjson.ts';
import { processesBelow, sendSignal } from '../lab/proc.ts';
import type { ChamberJob, ChamberMessage } from './job.ts';
import { maskerFor } from './mask.ts';

export interface ChamberOptions {
  readonly onMessage: (message: ChamberMessage) => void;
  readonly signal: AbortSignal;
}

/** Runs the job to its end. Nothing of it is running when this returns or throws. @throws CHAMBER_REFUSED, CHAMBER_LOST */
export async function runInChamber(job: ChamberJob, { onMessage, signal }: ChamberOptions): Promise<void> {
  signal.throwIfAborted();
  const mask = maskerFor(Object.values(job.secrets));
  const child = launch(job);
  const gone = ending(child);
  const kill = (): void => endChamber(child);
  signal.addEventListener('abort', kill, { once: true });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4096);
  });
  let heard = false;
  let ended = false;
  try {
    for await (const message of fromNdjson<ChamberMessage>(child.stdout)) {
      heard = true;
      if ('done' in message) ended = true;
      else if ('failed' in message) throw refused(message.failed);
      else onMessage(message);
    }
  } finally {
    signal.removeEventListener('abort', kill);
    if (!ended) kill();
    const failure = await gone;
    complaint += failure;
  }
  signal.throwIfAborted();
  if (!heard) throw refused(`this system refuses namespaces (${lastLine(mask(complaint))})`);
  if (!ended) throw lost(mask(complaint));
}

function launch(job: ChamberJob): ChildProcessByStdio<Writable, Readable, Readable> {
  const [program, ...args] = chamberCommand(job);
  // Its own session: a terminal's Ctrl-C is for the command, which ends the chamber.
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: chamberEnvironment(),
  });
  // One that ended before it had read its job says why.
  child.stdin.on('error', () => undefined);
  child.stdin.write(toNdjson(job));
  return child;
}

/** Resolves when it is gone, with why it did not start when it did not. */
function ending(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('close', () => resolve(''));
    child.once('error', (error) => resolve(error.message));
  });
}

/** Through its first process inside: `unshare` ends when the kernel has ended the last one of its namespace. */
function endChamber({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  const first = processesBelow(pid).find(({ parent }) => parent === pid);
  sendSignal(first?.pid ?? pid, 'SIGKILL');
}

function chamberCommand({ user }: ChamberJob): [string, ...string[]] {
  const isRoot = process.getuid?.() === 0;
  const identity = isRoot ? [] : ['--user', '--map-current-user', '--keep-caps'];
  const flags = ['--net', '--pid', '--mount', '--ipc', '--fork', '--kill-child=KILL', '--mount-proc'];
  if (isRoot && user === null) throw new TypeError('as root the app needs a user of its own');
  const compiled = path.join(import.meta.dirname, '../../main.js');
  const main = existsSync(compiled) ? compiled : path.join(import.meta.dirname, '../../main.ts');
  const node = [process.execPath, '--max-semi-space-size=8', main, 'check-chamber'];
  return ['setpriv', '--pdeathsig', 'KILL', 'unshare', ...identity, ...flags, '--', ...node];
}

function chamberEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`,
    HOME: '/nonexistent',
    LANG: 'C.UTF-8',
    ...(process.env.DOZEN_DEBUG === undefined ? {} : { DOZEN_DEBUG: process.env.DOZEN_DEBUG }),
  };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

function refused(why: string): Error {
  return userError('CHAMBER_REFUSED', `Cannot run the app between walls: ${why}`, {
    hint: 'Run as root, allow user namespaces, or read the source alone: dozen check --static',
  });
}

function lost(complaint: string): Error {
  return platformError(
    'CHAMBER_LOST',
    `Cannot tell how the experiments went: their process ended without a word (${complaint.trim().slice(-400)})`,
    { hint: 'Look whether the machine is out of memory, and check again' },
  );
}
