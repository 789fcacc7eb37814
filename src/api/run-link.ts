/** One side of a run's connection: see run-frames.ts for what goes over it. */
import type { Duplex } from 'node:stream';
import {
  bytesFrame,
  framesOf,
  messageFrame,
  pieceBytes,
  type RunMessage,
  windowBytes,
} from './run-frames.ts';

export interface RunLink {
  /** Resolves when all of it is sent, which waits for the other side to take what was sent before. On a link that is closed: at once. */
  write(bytes: Uint8Array): Promise<void>;
  /** Of the bytes: there will be no more. */
  end(): void;
  tell(message: RunMessage): void;
  /** Resolves when everything that has come was taken. */
  taken(): Promise<void>;
  /** What was told is still sent. */
  close(): void;
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
}

export interface LinkOptions {
  /** Called for one piece after the other; the next is not before the promise resolves. None: there will be no more. */
  readonly onBytes: (bytes: Buffer) => Promise<void>;
  /** Not for those that are the link's own. */
  readonly onMessage: (message: RunMessage) => void;
  readonly pingEveryMs?: number;
  /** The other side has said nothing for so long: it is gone. */
  readonly silenceMs?: number;
}

export function openLink(
  socket: Duplex,
  { onBytes, onMessage, pingEveryMs = 5_000, silenceMs = 20_000 }: LinkOptions,
): RunLink {
  let [unsaid, untaken, heardAt] = [0, 0, performance.now()];
  let queue: Promise<void> = Promise.resolve();
  let wake = Promise.withResolvers<void>();
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const tell = (message: RunMessage): void => {
    if (socket.writable) socket.write(messageFrame(message));
  };
  const take = (bytes: Buffer): void => {
    untaken += bytes.length;
    if (untaken > windowBytes) throw new RangeError('Cannot hold more: the other side keeps to no window');
    queue = queue
      .then(() => onBytes(bytes))
      .then(() => {
        untaken -= bytes.length;
        if (bytes.length > 0) tell({ kind: 'taken', bytes: bytes.length });
      })
      .catch((error: Error) => void socket.destroy(error));
  };
  const hear = (message: RunMessage): void => {
    if (message.kind === 'taken') {
      if (!(message.bytes > 0 && message.bytes <= unsaid))
        throw new RangeError('Cannot count: the other side has taken what was not sent');
      unsaid -= message.bytes;
      wake.resolve();
      wake = Promise.withResolvers();
    } else if (message.kind !== 'ping') onMessage(message);
  };
  const pings = setInterval(() => {
    if (performance.now() - heardAt > silenceMs) socket.destroy();
    else tell({ kind: 'ping' });
  }, pingEveryMs);
  // What goes wrong with a connection ends it, and that is heard as `closed`.
  socket.on('error', () => socket.destroy());
  socket.once('close', () => {
    clearInterval(pings);
    wake.resolve();
    close();
  });
  const onHeard = (): void => {
    heardAt = performance.now();
  };
  void read(socket, { onHeard, take, hear });
  return {
    closed,
    tell,
    async write(bytes) {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        const piece = bytes.subarray(at, at + pieceBytes);
        while (unsaid + piece.length > windowBytes && socket.writable) await wake.promise;
        if (!socket.writable) return;
        unsaid += piece.length;
        socket.write(bytesFrame(piece));
      }
    },
    end() {
      if (socket.writable) socket.write(bytesFrame(new Uint8Array()));
    },
    taken: () => queue,
    close: () => void socket.end(),
  };
}

interface Reading {
  readonly onHeard: () => void;
  readonly take: (bytes: Buffer) => void;
  readonly hear: (message: RunMessage) => void;
}

/** A side that closes its half, or speaks otherwise, is gone. */
async function read(socket: Duplex, { onHeard, take, hear }: Reading): Promise<void> {
  try {
    for await (const frame of framesOf(noted(socket, onHeard))) {
      if (frame.kind === 'bytes') take(frame.bytes);
      else hear(frame.message);
    }
    socket.destroy();
  } catch (error) {
    socket.destroy(error as Error);
  }
}

async function* noted(socket: Duplex, onHeard: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of socket) {
    onHeard();
    yield chunk as Uint8Array;
  }
}
