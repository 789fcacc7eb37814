/**
 * Log lines to a syslog destination over one connection at a time.
 *
 * ```
 *            lines          established         the kernel took all of it
 *   idle ──────────► dialling ──────────► sending ──────────► open ──┐
 *    ▲                  │                  │  ▲                │     │ lines
 *    │                  ▼                  ▼  └────────────────┼─────┘
 *    └────────────── resting ◄─────────────────────────────────┘
 *    restartAfter          refused, broken, ended by the destination
 * ```
 * One delivery is on its way at a time, and the next begins when the kernel has taken the one before: a slow destination
 * fills the held lines, not the socket's queue. A delivery that the kernel had not taken when the connection broke is
 * made again in whole on the next one, so the destination may see up to that much twice. What the kernel had taken is
 * counted as delivered, and is lost when the destination dies before it reads it: see `connection.ts`.
 */
import type { Clock } from '../../base/clock.ts';
import { asDozenError, type DozenError } from '../../base/error.ts';
import { type Restart, restartAfter } from '../../factors/09-disposability/backoff.ts';
import type { LogLine } from '../../factors/11-logs/log-line.ts';
import type { Drain, DrainOptions } from '../drain.ts';
import { createHeldLines, type HeldLines } from '../held-lines.ts';
import { type Connection, openConnection } from './connection.ts';
import type { SyslogDestination } from './destination.ts';
import { frameOf, type SentLine } from './message.ts';

export interface SyslogDrainOptions extends DrainOptions {
  /** By which the destination knows the drain: printable ASCII, at most 255 characters. */
  readonly hostname: string;
  /** PEM of the authorities that may have signed the destination's certificate; absent for those that Node trusts. */
  readonly ca?: string;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Told of each attempt that failed and of each connection that broke: DRAIN_AWAY, DRAIN_CERTIFICATE_REFUSED. */
  readonly tell: (fault: DozenError) => void;
}

/** Connects when there is a first line to deliver. */
export function openSyslogDrain(destination: SyslogDestination, options: SyslogDrainOptions): Drain {
  return new SyslogDrain(destination, options);
}

class SyslogDrain implements Drain {
  readonly #destination: SyslogDestination;
  readonly #options: SyslogDrainOptions;
  readonly #held: HeldLines<SentLine>;
  readonly #bell = new Bell();
  /** No more lines are taken. */
  readonly #closing = new AbortController();
  /** What is not delivered by now is given up. */
  readonly #over = new AbortController();
  readonly #delivering: Promise<void>;

  constructor(destination: SyslogDestination, options: SyslogDrainOptions) {
    this.#destination = destination;
    this.#options = options;
    const encode = (line: SentLine): Uint8Array => frameOf(line, options.hostname);
    this.#held = createHeldLines({
      limitBytes: options.limitBytes,
      encode,
      encodeDropped: (count) => encode(droppedLine(count, options.clock.now())),
    });
    this.#delivering = this.#deliver();
  }

  write(lines: readonly LogLine[]): void {
    if (this.#closing.signal.aborted) return;
    this.#held.add(lines);
    this.#bell.ring();
  }

  async close(signal: AbortSignal): Promise<number> {
    const giveUp = (): void => this.#over.abort();
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    this.#closing.abort();
    this.#bell.ring();
    await this.#delivering;
    signal.removeEventListener('abort', giveUp);
    return this.#held.undelivered;
  }

  async #deliver(): Promise<void> {
    const { clock, random } = this.#options;
    let restart: Restart = { crashes: 0, startAt: clock.monotonic() };
    for (;;) {
      while (this.#held.isEmpty && !this.#closing.signal.aborted) await this.#bell.rung();
      if (this.#held.isEmpty) return;
      restart = await this.#rest(restart);
      if (this.#over.signal.aborted) return;
      const startedAt = clock.monotonic();
      await this.#deliverOnce();
      const life = { startedAt, endedAt: clock.monotonic() };
      restart = restartAfter(life, { crashesBefore: restart.crashes, chance: random() });
    }
  }

  /** Until the destination may be tried again. A drain that is closed tries at once, and its row begins anew. */
  async #rest({ crashes, startAt }: Restart): Promise<Restart> {
    const { clock } = this.#options;
    const wasClosing = this.#closing.signal.aborted;
    const { signal } = wasClosing ? this.#over : this.#closing;
    const waitMs = startAt - clock.monotonic();
    if (waitMs > 0) await clock.sleep(waitMs, signal).catch(ignoreAbort);
    return this.#closing.signal.aborted && !wasClosing
      ? { crashes: 0, startAt: clock.monotonic() }
      : { crashes, startAt };
  }

  /** Until the connection is over, or everything is delivered and the drain closed. */
  async #deliverOnce(): Promise<void> {
    const connection = await this.#connect();
    if (connection === null) return;
    while (!connection.isOver) {
      const bytes = this.#held.take();
      if (bytes !== null) {
        if (await connection.send(bytes)) this.#held.delivered();
        else this.#held.giveBack();
      } else if (this.#closing.signal.aborted) {
        return connection.finish();
      } else {
        await this.#bell.rung();
      }
    }
  }

  async #connect(): Promise<Connection | null> {
    const { ca, tell } = this.#options;
    const onOver = (reason: DozenError | null): void => {
      if (reason !== null) tell(reason);
      this.#bell.ring();
    };
    try {
      return await openConnection(this.#destination, { ca, signal: this.#over.signal, onOver });
    } catch (error) {
      tell(asDozenError(error));
      return null;
    }
  }
}

function droppedLine(count: number, at: number): SentLine {
  const lines = count === 1 ? '1 line' : `${count} lines`;
  const text = `Dropped ${lines}: the destination of this drain did not take them in time`;
  return { at, source: 'dozen', process: 'drain', text };
}

/** Wakes whoever waits for something to have changed. */
class Bell {
  #ringing = Promise.withResolvers<void>();

  /** Resolves at the next ring. */
  rung(): Promise<void> {
    return this.#ringing.promise;
  }

  ring(): void {
    this.#ringing.resolve();
    this.#ringing = Promise.withResolvers();
  }
}

function ignoreAbort(error: unknown): void {
  if ((error as Error).name !== 'AbortError') throw error;
}
