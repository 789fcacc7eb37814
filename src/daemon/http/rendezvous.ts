/**
 * A run as the official command line attaches to it, over TLS:
 *
 * ```
 * client  CAPABILITY CR LF         (read by front.ts)
 * server  rendezvous CR LF         in a record of its own: the client drops the first it gets, whatever is in it
 * both    bytes, as they are       0x04 at the end of what the client had to say, also where there is no terminal to read it as ^D
 * server  closes
 * ```
 *
 * There is no word for a new size of the terminal, none for a signal, and none for the exit code: see exit-marker.ts.
 */
import { PassThrough } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { asDozenError } from '../../base/error.ts';
import { exitMarker } from '../../factors/12-admin-processes/exit-marker.ts';
import { remarkOn, statusOf } from '../../factors/12-admin-processes/run-end.ts';
import type { Runs, WaitingRun } from '../runs.ts';

const greeting = 'rendezvous\r\n';
const endOfInput = 0x04;
/** The client fails where the connection ends before it has sent its last byte. */
const lastByteMs = 200;
const aliveEveryMs = 30_000;
/** Of what the run has not read yet. A client that goes away is noticed behind so much. */
const aheadBytes = 1024 * 1024;

export interface Rendezvous {
  readonly runs: Runs;
  readonly clock: Clock;
}

export async function meet(
  socket: TLSSocket,
  capability: string,
  { runs, clock }: Rendezvous,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  socket.setTimeout(0).setNoDelay(true).setKeepAlive(true, aliveEveryMs);
  const greeted = say(socket, greeting);
  try {
    const run = runs.claim(capability);
    socket.once('close', run.hangUp).once('end', run.hangUp);
    const { promise: inputEnded, resolve } = Promise.withResolvers<void>();
    takeInput(socket, run, resolve).catch(() => socket.destroy());
    await greeted;
    await sayAll(socket, run);
    const waiting = new AbortController();
    await Promise.race([inputEnded, clock.sleep(lastByteMs, waiting.signal)]);
    waiting.abort();
  } catch (error) {
    const { message, code } = asDozenError(error);
    await greeted;
    await say(socket, `${message} (${code})\r\n`);
  }
  socket.end();
}

/** Also behind the end of it, so that a client that leaves is noticed. */
async function takeInput(
  socket: TLSSocket,
  { oneOff, hasTerminal }: WaitingRun,
  onEnd: () => void,
): Promise<void> {
  const ahead = socket.pipe(new PassThrough({ highWaterMark: aheadBytes }));
  socket.once('close', () => void ahead.end());
  let isOver = false;
  for await (const chunk of ahead) {
    if (isOver) continue;
    const bytes = chunk as Buffer;
    isOver = bytes.at(-1) === endOfInput;
    await oneOff.write(isOver && !hasTerminal ? bytes.subarray(0, -1) : bytes);
    if (!isOver) continue;
    onEnd();
    if (hasTerminal) isOver = false;
    else await oneOff.end();
  }
}

/** What it writes to the last byte, and how it ended. */
async function sayAll(socket: TLSSocket, { oneOff, ended, marked }: WaitingRun): Promise<void> {
  for await (const bytes of oneOff.output) await say(socket, bytes);
  const end = await ended;
  const remark = remarkOn(end);
  if (remark !== null) await say(socket, `${remark}\r\n`);
  if (marked) await say(socket, exitMarker(statusOf(end)));
}

/**
 * Resolves when it is on its way, so that each piece is a record of its own: the client looks for the greeting and for the mark in what
 * it gets at once. Of a client that is gone nothing is wanted any more.
 */
async function say(socket: TLSSocket, what: Uint8Array | string): Promise<void> {
  if (!socket.writable) return;
  await new Promise<void>((resolve) => void socket.write(what, () => resolve()));
}
