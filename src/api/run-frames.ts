/**
 * How a run's client and server speak once the connection is upgraded to `dozen-run`. The same both ways:
 *
 * ```
 * one byte   what it is: B bytes, M a message
 * 4 bytes    how long the rest is, most significant first
 * the rest   B: of standard input to the server, of what the process writes to the client; none: there will be no more
 *            M: a message as JSON
 * ```
 *
 * Bytes go by credit: a side sends no more than `windowBytes` that the other has not said it has taken. So nobody holds
 * more of the other's, and messages pass by bytes that wait. A side that has nothing to say says `ping`; one that hears
 * nothing for long takes the other for gone.
 */
import type { ErrorShape } from '../base/error.ts';
import type { RunEnd } from '../factors/12-admin-processes/run-end.ts';

export const runProtocol = 'dozen-run';
/** Where the capability of a run that waits for its client goes. */
export const attachPath = '/dozen/v1/attach/';

export type RunMessage =
  | { readonly kind: 'ping' }
  | { readonly kind: 'taken'; readonly bytes: number }
  /** From the client. */
  | { readonly kind: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly kind: 'signal'; readonly name: RunSignal }
  /** The last from the server. */
  | { readonly kind: 'end'; readonly end: RunEnd }
  | { readonly kind: 'failed'; readonly error: ErrorShape };

export type RunSignal = (typeof runSignals)[number];
/** What a client may send a run, beside the keys of a terminal. */
export const runSignals = [
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
] as const;

export type Frame =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'message'; readonly message: RunMessage };

export const windowBytes = 1024 * 1024;
export const pieceBytes = 64 * 1024;
const messageLimitBytes = 64 * 1024;
const headBytes = 5;
const [letterB, letterM] = [0x42, 0x4d];

export function bytesFrame(bytes: Uint8Array): Buffer {
  return frame(letterB, bytes);
}

export function messageFrame(message: RunMessage): Buffer {
  return frame(letterM, Buffer.from(JSON.stringify(message)));
}

function frame(letter: number, rest: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafe(headBytes + rest.length);
  whole.writeUInt8(letter, 0);
  whole.writeUInt32BE(rest.length, 1);
  whole.set(rest, headBytes);
  return whole;
}

/** @throws RangeError, SyntaxError when it is not of this protocol */
export async function* framesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    while (held.length >= headBytes) {
      const [letter, size] = [held.readUInt8(0), held.readUInt32BE(1)];
      checkHead(letter, size);
      if (held.length < headBytes + size) break;
      const rest = held.subarray(headBytes, headBytes + size);
      held = held.subarray(headBytes + size);
      yield letter === letterB
        ? { kind: 'bytes', bytes: rest }
        : { kind: 'message', message: JSON.parse(rest.toString()) as RunMessage };
    }
  }
}

function checkHead(letter: number, size: number): void {
  if (letter !== letterB && letter !== letterM) throw new RangeError(`Cannot read a frame of kind ${letter}`);
  const limit = letter === letterB ? pieceBytes : messageLimitBytes;
  if (size > limit) throw new RangeError(`Cannot read a frame of ${size} bytes: over ${limit}`);
}
