/**
 * One connection to a process: used by one exchange at a time, kept by its endpoint in between.
 *
 * ```
 * open() ─► connecting ─► in use ─► idle ─► in use ─► …
 *               └───────────┴────────┴──► closed
 * ```
 */
import { Socket } from 'node:net';

/** Who uses the connection at the moment. */
export interface UpstreamUser {
  upstreamConnected(): void;
  /** May write into `bytes`. */
  upstreamBytes(bytes: Buffer): void;
  upstreamDrained(): void;
  /** The process sent its last byte. */
  upstreamEnded(): void;
  /** After `upstreamEnded`, or instead of it when the connection broke; not after `release`. */
  upstreamClosed(): void;
}

/** How often a connection with a failed write is looked at while its client takes no more of the response. */
const pausedTurnMs = 50;

export class Upstream extends Socket {
  user: UpstreamUser | null = null;
  /** It has carried a request before. */
  reused = false;
  /** The other side's kernel said that what was written last came to nobody, or was not read to its end. */
  wasReset = false;
  /** Milliseconds of the monotonic clock. */
  idleSince = 0;
  /** How long it may lie idle. */
  keepMs = 0;
  #writeFailed = false;
  #readSinceFailure = false;

  constructor() {
    super({ allowHalfOpen: true, onread: { buffer: received, callback: onRead } });
    this.setNoDelay(true);
    this.on('connect', onConnect);
    this.on('drain', onDrain);
    this.on('end', onEnd);
    this.on('close', onClose);
    this.on('error', closeFollows);
  }

  /**
   * A process may answer without having read the whole request, and close: what is written to it from then on
   * fails, while its answer still waits in this machine's receive buffer. So a failed write does not end the connection
   * until a turn of the event loop has brought nothing more.
   */
  override destroy(error?: Error): this {
    if (error !== undefined && isReset(error)) this.wasReset = true;
    if (error === undefined || this.user === null || !isFailedWrite(error)) return super.destroy(error);
    if (!this.#writeFailed) this.#lingerToRead();
    return this;
  }

  /**
   * After the process's last byte. A process that had closed before the request came to it is answered for by a reset, and
   * behind the end of the stream only a write tells of that: one of nothing.
   */
  closeAfterEnd(): void {
    if (this.reused && this.writableLength === 0) this.write('', (error) => this.destroy(error ?? undefined));
    else this.destroy();
  }

  /** Bytes have been read. */
  noteRead(): void {
    this.#readSinceFailure = true;
  }

  #lingerToRead(): void {
    this.#writeFailed = true;
    this.#readSinceFailure = true;
    const turn = (): void => {
      if (this.destroyed) return;
      const paused = this.isPaused();
      if (!this.#readSinceFailure && !paused) super.destroy();
      else if (paused) setTimeout(turn, pausedTurnMs);
      else setImmediate(turn);
      this.#readSinceFailure = paused;
    };
    setImmediate(turn);
  }
}

function isReset({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function isFailedWrite(error: NodeJS.ErrnoException): boolean {
  return error.syscall === 'write' || error.syscall === 'writev';
}

function onConnect(this: Upstream): void {
  this.user?.upstreamConnected();
}

/**
 * What all connections read into: the event loop reads and hands over one at a time. It spares an allocation of this size
 * for every read, and goes on delivering after a failed write, when the stream's own reading has stopped.
 */
const received = Buffer.allocUnsafeSlow(65_536);

function onRead(this: unknown, length: number): boolean {
  const upstream = this as Upstream;
  upstream.noteRead();
  // A process that speaks without being asked could answer the next client's request.
  if (upstream.user === null) upstream.destroy();
  else upstream.user.upstreamBytes(copyOf(length));
  return true;
}

/** The write that carries these bytes on may outlast the next read. */
function copyOf(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  received.copy(bytes, 0, 0, length);
  return bytes;
}

function onDrain(this: Upstream): void {
  this.user?.upstreamDrained();
}

function onEnd(this: Upstream): void {
  if (this.user === null) this.destroy();
  else this.user.upstreamEnded();
}

function onClose(this: Upstream): void {
  this.user?.upstreamClosed();
}

/** 'close' comes after every 'error', and is what is acted on. */
function closeFollows(): void {
  return;
}
