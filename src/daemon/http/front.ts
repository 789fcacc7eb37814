/**
 * One port for all who come over TCP, told apart by what they say first:
 *
 * ```
 * 0x16                    TLS; inside it
 *   METHOD SP …             HTTP: HTTPS to the client
 *   CAPABILITY CR LF        a run's rendezvous
 * anything else           HTTP
 * ```
 *
 * So a tunnel to one port is enough, and what an answer names can be at the address that the caller used.
 */
import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';

export interface FrontOptions {
  readonly host: string;
  readonly port: number;
  /** PEM: key and certificate. */
  readonly pem: string;
  /** Is given connections; it need not listen. */
  readonly http: HttpServer;
  readonly onRendezvous: (socket: TLSSocket, capability: string) => void;
  /** Who has said nothing for so long is cut off. */
  readonly silenceMs?: number;
}

export interface Front {
  readonly port: number;
  /** Nobody comes any more. Resolves when all that came are gone; those that HTTP still serves are its to end. */
  close(): Promise<void>;
  /** Ends all there are. */
  cut(): void;
}

const tlsRecord = 0x16;
const space = 0x20;
const lineFeed = 0x0a;
/** Of a first line. An HTTP method has its space long before. */
const lineLimitBytes = 1024;

export async function openFront({
  host,
  port,
  pem,
  http,
  onRendezvous,
  silenceMs = 30_000,
}: FrontOptions): Promise<Front> {
  const open = new Set<Socket>();
  const tls = createTlsServer({ key: pem, cert: pem, handshakeTimeout: silenceMs });
  // What goes wrong in a handshake ends that connection, which is all there is to it.
  tls.on('tlsClientError', (_error, socket) => void socket.destroy());
  tls.on('secureConnection', (socket) => {
    hear(socket, silenceMs, (said) => {
      const end = said.findIndex((byte) => byte === space || byte === lineFeed);
      if (end < 0) return said.length < lineLimitBytes ? null : () => socket.destroy();
      if (said[end] === space) return () => give(http, socket, said);
      return () => {
        socket.unshift(said.subarray(end + 1));
        onRendezvous(socket, capabilityIn(said.subarray(0, end)));
      };
    });
  });
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    hear(socket, silenceMs, (said) => () => {
      const isTls = said[0] === tlsRecord;
      // As in Node: who closes half of a TLS connection has left, while half of a plain one may still wait for its answer.
      socket.allowHalfOpen = !isTls;
      give(isTls ? tls : http, socket, said);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
    cut() {
      for (const socket of open) socket.destroy();
    },
  };
}

function give(server: Server, socket: Socket, said: Buffer): void {
  socket.unshift(said);
  server.emit('connection', socket);
}

/** Gathers what is said first; once `judge` can tell who is there, it is theirs. */
function hear(socket: Socket, silenceMs: number, judge: (said: Buffer) => (() => void) | null): void {
  let said = Buffer.alloc(0);
  const cut = (): void => void socket.destroy();
  const silence = setTimeout(cut, silenceMs);
  const onReadable = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    said = Buffer.concat([said, chunk]);
    const handOver = judge(said);
    if (handOver === null) return;
    forget();
    handOver();
  };
  const forget = (): void => {
    clearTimeout(silence);
    socket.off('readable', onReadable).off('end', cut).off('close', forget);
  };
  socket.on('readable', onReadable).once('end', cut).once('close', forget).on('error', cut);
}

/** The official CLI sends the path and the query of its URL. */
function capabilityIn(line: Buffer): string {
  const [capability = ''] = line.toString('latin1').trimEnd().split('?');
  return capability;
}
