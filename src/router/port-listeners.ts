/** The TCP ports that exports are reached at: listened on while the table names them. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { Directory } from './directory.ts';
import { type PortEdge, PortRelay } from './port-relay.ts';
import type { RouterOptions } from './router.ts';

/** A port that another program has is tried again so often. */
const retryMs = 1_000;
const backlog = 1_024;

type Options = Pick<RouterOptions, 'host' | 'shared' | 'timeouts' | 'onConnection'>;

export class PortListeners {
  readonly #directory: Directory;
  readonly #options: Options;
  readonly #servers = new Map<number, Listener>();
  readonly #relays = new Set<{ readonly relay: PortRelay; readonly over: Promise<unknown> }>();

  constructor(directory: Directory, options: Options) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Connections of a port that is in the table no more go on. */
  apply(ports: ReadonlySet<number>): void {
    for (const [port, listener] of this.#servers) {
      if (ports.has(port)) continue;
      listener.close();
      this.#servers.delete(port);
    }
    for (const port of ports) if (!this.#servers.has(port)) this.#servers.set(port, this.#listen(port));
  }

  /** Accepts nothing new. Resolves when every connection is over, those left after `graceMs` by force. */
  async close(graceMs: number): Promise<void> {
    const closed = [...this.#servers.values()].map((listener) => listener.close());
    this.#servers.clear();
    const grace = setTimeout(() => {
      for (const { relay } of this.#relays) relay.destroy();
    }, graceMs);
    // Also those of ports that left the table before.
    await Promise.all([...closed, ...[...this.#relays].map(({ over }) => over)]);
    clearTimeout(grace);
  }

  #listen(port: number): Listener {
    const { host, shared, timeouts, onConnection = () => undefined } = this.#options;
    const edge: PortEdge = { directory: this.#directory, port, timeouts, onConnection };
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
    server.on('connection', (socket) => {
      const relay = new PortRelay(edge, socket);
      const { promise: over, resolve } = Promise.withResolvers<void>();
      const entry = { relay, over };
      this.#relays.add(entry);
      socket.once('close', () => {
        this.#relays.delete(entry);
        resolve();
      });
      relay.begin();
    });
    return new Listener(server, { host, port, reusePort: shared, backlog });
  }
}

class Listener {
  readonly #server: Server;
  readonly #where: { readonly host: string; readonly port: number };
  #retry: NodeJS.Timeout | null = null;
  #closed = false;
  #told = false;

  constructor(server: Server, where: Parameters<Server['listen']>[0] & { host: string; port: number }) {
    this.#server = server;
    this.#where = where;
    server.on('error', (error) => this.#tryAgain(error));
    // One that was closed while it was still about to listen.
    server.on('listening', () => this.#closed && server.close());
    server.listen(where);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  /** Told once: the operator sees what has the port, and it is taken as soon as it is free. */
  #tryAgain(error: Error): void {
    if (this.#closed) return;
    const { host, port } = this.#where;
    if (!this.#told)
      process.emitWarning(`Cannot export on ${host}:${port}: ${error.message}`, {
        code: 'EXPORT_NOT_LISTENING',
      });
    this.#told = true;
    if (!this.#server.listening) this.#retry = setTimeout(() => this.#server.listen(this.#where), retryMs);
  }
}
