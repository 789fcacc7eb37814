/** What somebody reads and writes of a run while it goes: a pipe here, a terminal in terminal.ts. */
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import type { Writable } from 'node:stream';
import type { TerminalSize } from '../engine.ts';
import type { Pipes } from './sandbox/pipes.ts';
import type { Attached } from './sandbox/sandbox.ts';

export interface Attachment {
  /** Its ends for the run, whose folder is there. */
  open(folder: string): Attached;
  /** The run has them by now, or never will. */
  handOver(): void;
  /** To its end, also when asked for again after breaking off. */
  output(): AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
  /** Null where there is no terminal. */
  readonly resize: ((size: TerminalSize) => Promise<void>) | null;
  /** The run is over: nothing is written any more, what it wrote may still be read. */
  over(): void;
  /** Lets go of everything. */
  release(): void;
}

/**
 * Two FIFOs in the run's folder. A second end of the output's keeps it from looking ended before the run has opened it; it goes
 * when the run is over.
 */
export function openPipe(pipes: Pipes): Attachment {
  const ends: number[] = [];
  let input: Socket | null = null;
  let output: Socket | null = null;
  const closeEnds = (): void => {
    for (const end of ends.splice(0)) closeSync(end);
  };
  return {
    open(folder) {
      const [reads, writes] = [path.join(folder, 'input'), path.join(folder, 'output')];
      for (const fifo of [reads, writes]) pipes.take(fifo);
      const anchor = openSync(reads, constants.O_RDWR);
      const stdin = openSync(reads, constants.O_RDONLY);
      input = ignoringFaults(socketOf(reads, 'writable'));
      closeSync(anchor);
      ends.push(openSync(writes, constants.O_RDWR));
      output = socketOf(writes, 'readable');
      ends.push(stdin);
      return { kind: 'pipe', stdin, device: null };
    },
    handOver: () => closeSync(ends.pop() ?? -1),
    output: () => output?.iterator({ destroyOnReturn: false }) ?? none,
    write: async (bytes) => void (input !== null && (await writeTo(input, bytes))),
    async end() {
      input?.end();
    },
    resize: null,
    over() {
      closeEnds();
      input?.destroy();
    },
    release() {
      closeEnds();
      input?.destroy();
      output?.destroy();
    },
  };
}

/** Resolves when it is taken, or when there is nobody left to take it. */
export function writeTo(stream: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (!stream.writable) return resolve();
    stream.write(bytes, () => resolve());
  });
}

function socketOf(fifo: string, side: 'readable' | 'writable'): Socket {
  const flag = side === 'readable' ? constants.O_RDONLY : constants.O_WRONLY;
  const fd = openSync(fifo, flag | constants.O_NONBLOCK);
  return new Socket({ fd, readable: side === 'readable', writable: side === 'writable' });
}

/** A process may close its input at any time. */
function ignoringFaults(socket: Socket): Socket {
  return socket.on('error', () => socket.destroy());
}

export const none: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};
