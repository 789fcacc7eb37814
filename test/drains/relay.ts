/** Stands before a destination on the way to it: ends its TLS, or does not read until it is told to. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Certificate } from './certificate.ts';

export interface Relay {
  readonly port: number;
  /** From now on what comes is read and passed on. */
  read(): void;
  /** Breaks off every connection and takes none. */
  close(): Promise<void>;
}

export interface RelayOptions {
  /** Any free one when absent. */
  readonly port?: number;
  /** Of the destination. */
  readonly to: number;
  /** Plain TCP when absent. */
  readonly certificate?: Certificate | undefined;
  readonly reads: boolean;
}

export async function openRelay({ port, to, certificate, reads }: RelayOptions): Promise<Relay> {
  const sockets = new Set<Socket>();
  const reading = Promise.withResolvers<void>();
  if (reads) reading.resolve();

  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // An end that breaks off is what a relay is for.
    socket.on('error', () => undefined);
    return socket;
  };
  const take = async (client: Socket): Promise<void> => {
    keep(client);
    await reading.promise;
    if (client.destroyed) return;
    const upstream = keep(connect({ host: '127.0.0.1', port: to }));
    client.once('close', () => upstream.end());
    upstream.once('close', () => client.destroy());
    client.pipe(upstream).resume();
  };

  const server: Server =
    certificate === undefined
      ? createServer({ pauseOnConnect: true }, (socket) => void take(socket))
      : createTlsServer(certificate, (socket) => void take(socket));
  server.listen(port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    read: reading.resolve,
    async close() {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
