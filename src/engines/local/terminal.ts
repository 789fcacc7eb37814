/** A terminal for one run, held by a process of its own: see terminal-holder.ts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, constants, openSync } from 'node:fs';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { type DozenError, platformError } from '../../base/error.ts';
import { fromNdjson, toNdjson } from '../../base/ndjson.ts';
import type { TerminalSize } from '../engine.ts';
import { type Attachment, writeTo } from './attachment.ts';
import type { Person } from './sandbox/skeleton.ts';
import type { FromHolder, ToHolder } from './terminal-holder.ts';

const endOfInput = Uint8Array.of(4);

/** @throws TERMINAL_MISSING */
export async function openTerminal(size: TerminalSize, person: Person): Promise<Attachment> {
  const holder = spawn(process.execPath, [program(), String(size.columns), String(size.rows)], {
    cwd: '/',
    env: {},
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'],
  });
  const [orders, bytes] = [holder.stdio[3], holder.stdio[4]] as [Duplex, Duplex];
  for (const stream of [orders, bytes]) stream.on('error', () => stream.destroy());
  const device = await deviceOf(orders, holder);
  const slave = openSync(device, constants.O_RDWR | constants.O_NOCTTY);
  if (process.getuid?.() === 0) chownSync(device, person.uid, person.gid);
  let isGiven = false;
  const tell = (order: ToHolder): void => void orders.write(toNdjson(order));
  const handOver = (): void => {
    if (isGiven) return;
    isGiven = true;
    closeSync(slave);
    tell({ started: true });
  };
  return {
    open: () => ({ kind: 'terminal', stdin: slave, device }),
    handOver,
    output: () => bytes.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>,
    write: (typed) => writeTo(bytes, typed),
    end: () => writeTo(bytes, endOfInput),
    resize: async (wanted) => tell({ resize: wanted }),
    over: handOver,
    release() {
      handOver();
      holder.kill('SIGKILL');
    },
  };
}

async function deviceOf(orders: Duplex, holder: ChildProcess): Promise<string> {
  const ended = once(holder, 'exit');
  const first = await firstOf(orders);
  if (first !== null && 'device' in first) return first.device;
  await ended;
  throw terminalMissing(
    first === null ? `its holder ended with ${holder.exitCode ?? holder.signalCode}` : first.missing,
  );
}

async function firstOf(orders: Duplex): Promise<FromHolder | null> {
  for await (const item of fromNdjson<FromHolder>(orders.iterator({ destroyOnReturn: false }))) return item;
  return null;
}

function terminalMissing(why: string): DozenError {
  return platformError('TERMINAL_MISSING', `Cannot give a terminal: ${why}`, {
    hint: 'Run it without a terminal, or install Dozen with its optional packages on a machine with glibc',
  });
}

/** Beside this file, as source or compiled. */
function program(): string {
  return path.join(import.meta.dirname, `terminal-holder${path.extname(import.meta.filename)}`);
}
