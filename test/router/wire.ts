/** Raw ends of a TCP connection, for what `node:http` would never say. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** How long a test waits for what must happen. */
export const limitMs = 10_000;

/** A socket that remembers what came. */
export class RawEnd {
  readonly socket: Socket;
  #received: Buffer[] = [];
  #fate: 'open' | 'ended' | 'reset' = 'open';

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => this.#received.push(bytes));
    socket.on('end', () => {
      if (this.#fate === 'open') this.#fate = 'ended';
    });
    socket.on('error', () => {
      this.#fate = 'reset';
    });
  }

  get text(): string {
    return Buffer.concat(this.#received).toString('latin1');
  }

  send(bytes: string | Buffer): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** Waits for a text, takes all that has come, and forgets it. */
  async until(expected: string | RegExp): Promise<string> {
    await this.#when(
      () => (typeof expected === 'string' ? this.text.includes(expected) : expected.test(this.text)),
      `${expected}`,
    );
    const { text } = this;
    this.#received = [];
    return text;
  }

  /** Waits for the other side to end, and says how it did. */
  async ended(): Promise<'ended' | 'reset'> {
    await this.#when(() => this.#fate !== 'open', 'the end');
    return this.#fate === 'reset' ? 'reset' : 'ended';
  }

  /** All that came until the other side ended. */
  async rest(): Promise<string> {
    await this.ended();
    return this.text;
  }

  async #when(holds: () => boolean, what: string): Promise<void> {
    const signal = AbortSignal.timeout(limitMs);
    while (!holds()) {
      if (signal.aborted) throw new Error(`waited in vain for ${what}; came: ${JSON.stringify(this.text)}`);
      const stop = new AbortController();
      const events = ['data', 'end', 'error', 'close'].map((event) =>
        once(this.socket, event, { signal: AbortSignal.any([signal, stop.signal]) }).catch(() => undefined),
      );
      await Promise.race(events);
      stop.abort();
    }
  }
}

export async function dial(port: number, host = '127.0.0.1'): Promise<RawEnd> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  const end = new RawEnd(socket);
  await once(socket, 'connect');
  return end;
}

export interface RawServer extends AsyncDisposable {
  readonly port: number;
  readonly server: Server;
  /** The connections that came and were not taken yet, in order. */
  accept(): Promise<RawEnd>;
  /** How many came in all. */
  readonly accepted: number;
}

export async function rawServer(onConnection?: (end: RawEnd) => void): Promise<RawServer> {
  const waiting: RawEnd[] = [];
  const all: RawEnd[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const end = new RawEnd(socket);
    all.push(end);
    waiting.push(end);
    onConnection?.(end);
    server.emit('came');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    server,
    get accepted() {
      return all.length;
    },
    async accept() {
      for (;;) {
        const end = waiting.shift();
        if (end !== undefined) return end;
        await once(server, 'came', { signal: AbortSignal.timeout(limitMs) });
      }
    },
    async [Symbol.asyncDispose]() {
      for (const end of all) end.socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port that refuses. */
export async function refusingPort(): Promise<number> {
  const server = await rawServer();
  await server[Symbol.asyncDispose]();
  return server.port;
}
