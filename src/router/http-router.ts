/** The router over `node:net`: `node:http` on both sides would cost several times the CPU of all that is done here. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { platformError, userError } from '../base/error.ts';
import { ClientConnection } from './client-connection.ts';
import { Directory } from './directory.ts';
import { PortListeners } from './port-listeners.ts';
import type { Router, RouterOptions, RouterTimeouts } from './router.ts';

/** A connection idle for this long may be closed without a client noticing: it is not between two requests. */
const quietMs = 1_000;

export async function startRouter(options: RouterOptions): Promise<Router> {
  const { timeouts, onRequest } = options;
  const directory = new Directory();
  const clients = new Set<ClientConnection>();
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  const address = await listen(server, options);
  const edge = { directory, timeouts, onRequest, port: address.port, closing: false };
  const listeners = new PortListeners(directory, options);
  let keepAliveMs = timeouts.keepAliveMs;

  server.on('connection', (socket) => {
    const client = new ClientConnection(edge, socket);
    clients.add(client);
    socket.on('close', () => clients.delete(client));
  });
  const troubles = new Troubles();
  server.on('error', (error) => troubles.note(error));
  const sweep = (): void => {
    const now = performance.now();
    troubles.report();
    for (const client of clients) client.expire(now, keepAliveMs);
    directory.sweep(now);
  };
  const sweeper = setInterval(sweep, sweepMs(timeouts));

  const close = async (graceMs: number): Promise<void> => {
    edge.closing = true;
    // Connections that the kernel has taken already would be reset: the loop takes them first.
    await setImmediate();
    const closed = once(server, 'close');
    server.close();
    // A client that is between two requests gets to send the next one, and learns from its response to stop.
    keepAliveMs = Math.min(keepAliveMs, quietMs, graceMs / 2);
    sweep();
    const grace = setTimeout(() => {
      for (const client of clients) client.socket.destroy();
    }, graceMs);
    await Promise.all([closed, listeners.close(graceMs)]);
    clearTimeout(grace);
    clearInterval(sweeper);
    directory.close();
  };

  return {
    address,
    apply(table) {
      directory.apply(table);
      if (!edge.closing) listeners.apply(directory.exportedPorts);
    },
    busy: (instance) => directory.busy(instance),
    idle: (instances, signal) => directory.idle(instances, signal),
    close,
  };
}

/** Connections that could not be accepted, as when this process has no file descriptor left; told once a sweep. */
class Troubles {
  #count = 0;
  #last: Error | null = null;

  note(error: Error): void {
    this.#count++;
    this.#last = error;
  }

  report(): void {
    if (this.#last === null) return;
    const message = `Cannot accept ${this.#count} connections: ${this.#last.message}`;
    process.emitWarning(message, { code: 'ROUTER_NOT_ACCEPTING' });
    this.#count = 0;
    this.#last = null;
  }
}

/** Fine enough for the shortest timeout to be kept, coarse enough to cost nothing. */
function sweepMs(timeouts: RouterTimeouts): number {
  const shortest = Math.min(...Object.values(timeouts));
  return Math.min(1_000, Math.max(10, shortest / 4));
}

async function listen(server: Server, options: RouterOptions): Promise<{ host: string; port: number }> {
  const { host, port, shared } = options;
  server.listen({ host, port, reusePort: shared, backlog: 1_024 });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, `${host}:${port}`);
  }
  const address = server.address() as AddressInfo;
  return { host: address.address, port: address.port };
}

function listenError(cause: unknown, where: string): Error {
  const quoted = JSON.stringify(where);
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return userError('ROUTER_PORT_TAKEN', `Cannot listen on ${quoted}: the port is taken`, {
        hint: 'Stop what listens there, or choose another port; 0 takes a free one',
        cause,
      });
    case 'EACCES':
      return userError(
        'ROUTER_PORT_FORBIDDEN',
        `Cannot listen on ${quoted}: this user may not use the port`,
        {
          hint: 'Choose a port over 1023, or give this user CAP_NET_BIND_SERVICE',
          cause,
        },
      );
    default:
      return platformError('ROUTER_NOT_LISTENING', `Cannot listen on ${quoted}: ${String(cause)}`, { cause });
  }
}
