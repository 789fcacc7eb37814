/** A router under test, with apps behind it. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from '../../src/factors/07-port-binding/route.ts';
import { startRouter } from '../../src/router/http-router.ts';
import {
  defaultTimeouts,
  type RequestLine,
  type Router,
  type RouterOptions,
} from '../../src/router/router.ts';
import { limitMs } from './wire.ts';

export type StartRouter = (options: RouterOptions) => Promise<Router>;

export interface Edge extends AsyncDisposable {
  readonly router: Router;
  readonly port: number;
  /** All request lines so far. */
  readonly lines: readonly RequestLine[];
  /** The next one that has not been taken. */
  line(): Promise<RequestLine>;
  /** Makes these the processes of `app.localhost`: `web.1`, `web.2` …, with the instances `one`, `two` … */
  serve(...ports: readonly number[]): void;
}

export async function startEdge(
  options: Partial<RouterOptions> = {},
  start: StartRouter = startRouter,
): Promise<Edge> {
  const lines: RequestLine[] = [];
  const arrivals = new EventTarget();
  let taken = 0;
  let version = 0;
  const router = await start({
    host: '127.0.0.1',
    port: 0,
    shared: false,
    timeouts: defaultTimeouts,
    onRequest: (line) => {
      lines.push(line);
      arrivals.dispatchEvent(new Event('line'));
    },
    ...options,
  });
  return {
    router,
    port: router.address.port,
    lines,
    async line() {
      const signal = AbortSignal.timeout(limitMs);
      while (lines.length === taken) {
        const { promise, resolve } = Promise.withResolvers<void>();
        arrivals.addEventListener('line', () => resolve(), { once: true });
        signal.addEventListener('abort', () => resolve(), { once: true });
        await promise;
        if (signal.aborted) throw new Error('waited in vain for a request line');
      }
      return lines[taken++] as RequestLine;
    },
    serve(...ports) {
      router.apply({
        version: ++version,
        routes: [{ host: 'app.localhost', appId: 'app-1', appName: 'app', endpoints: ports.map(endpointOf) }],
      });
    },
    [Symbol.asyncDispose]: () => router.close(0),
  };
}

export const instances = ['one', 'two', 'three', 'four'] as const;

export function endpointOf(port: number, index: number): Endpoint {
  const instance = instances[index] ?? `instance-${index}`;
  return { instance, process: `web.${index + 1}`, address: '127.0.0.1', port };
}

export interface App extends AsyncDisposable {
  readonly port: number;
  readonly server: Server;
}

export async function startApp(listener: RequestListener, options: ServerOptions = {}): Promise<App> {
  const server = createServer(options, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    server,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
