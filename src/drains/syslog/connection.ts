/**
 * One TCP or TLS connection to a syslog destination.
 *
 * Syslog over TCP has no acknowledgement. `send` resolves when the kernel has taken the bytes, which is all there is to
 * know: what the kernel or the destination still held when the destination died is lost, and nobody can say how much
 * that was. See docs/decisions/005-syslog-by-hand.md.
 */
import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { type DozenError, userError } from '../../base/error.ts';
import { nameOf, type SyslogDestination } from './destination.ts';

export interface Connection {
  readonly isOver: boolean;
  /** True when the kernel has taken all of it, false when the connection broke before. One at a time. */
  send(bytes: Uint8Array): Promise<boolean>;
  /**
   * Ends it in order: a destination that ends its side has read everything. Resolves then, or when the connection
   * breaks, or after `lingerMs` for a destination that never does.
   */
  finish(): Promise<void>;
}

export interface ConnectionOptions {
  /** PEM of the authorities that may have signed the certificate; absent for those that Node trusts. */
  readonly ca: string | undefined;
  /** Breaks it off, established or not. What the kernel has taken is still sent. */
  readonly signal: AbortSignal;
  /** An established connection is over. The reason is null when this side ended it. */
  readonly onOver: (reason: DozenError | null) => void;
}

/** From the first packet to a verified certificate. */
const establishWithinMs = 10_000;
/** How long a destination has to end its side after this one. */
const lingerMs = 2_000;
/** Silence after which the kernel asks whether the destination is still there. */
const keepAliveAfterMs = 60_000;

/** @throws DRAIN_AWAY, DRAIN_CERTIFICATE_REFUSED */
export async function openConnection(
  destination: SyslogDestination,
  options: ConnectionOptions,
): Promise<Connection> {
  const { signal } = options;
  const socket = dial(destination, options.ca);
  // What was wrong is read from `errored`.
  socket.on('error', () => undefined);
  try {
    await once(socket, destination.tls ? 'secureConnect' : 'connect', {
      signal: AbortSignal.any([signal, AbortSignal.timeout(establishWithinMs)]),
    });
    if (socket.destroyed) throw socket.errored ?? new Error('it closed the connection');
  } catch (error) {
    socket.destroy();
    if (isRefusedCertificate(socket)) throw certificateRefused(destination, error);
    const isGivenUp = (error as Error).name === 'AbortError';
    throw away(destination, isGivenUp ? whyGivenUp(signal) : messageOf(error), error);
  }
  return connectionOver(socket, destination, options);
}

function dial({ host, port, tls }: SyslogDestination, ca: string | undefined): Socket {
  if (!tls) return connectTcp({ host, port });
  // Only a name may be sent ahead; the certificate of an address is checked against the address.
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ host, port, ...name, ...(ca === undefined ? {} : { ca }) });
}

function connectionOver(
  socket: Socket,
  destination: SyslogDestination,
  { signal, onOver }: ConnectionOptions,
): Connection {
  let isOurs = false;
  const destroy = (): void => {
    isOurs = true;
    socket.destroy();
  };

  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveAfterMs);
  // A destination never says anything, but only who reads learns that it has ended.
  socket.resume();
  socket.once('end', () => socket.destroy());
  socket.once('close', () => {
    signal.removeEventListener('abort', destroy);
    const { errored } = socket;
    if (errored !== null) onOver(away(destination, messageOf(errored), errored));
    else onOver(isOurs ? null : away(destination, 'it closed the connection'));
  });
  signal.addEventListener('abort', destroy, { once: true });
  if (signal.aborted) destroy();

  return {
    get isOver() {
      return socket.destroyed;
    },
    send: (bytes) => new Promise((resolve) => socket.write(bytes, (error) => resolve(!error))),
    finish: () =>
      new Promise((resolve) => {
        if (socket.closed) return resolve();
        isOurs = true;
        const patience = setTimeout(destroy, lingerMs);
        socket.once('close', () => {
          clearTimeout(patience);
          resolve();
        });
        socket.end();
      }),
  };
}

function isRefusedCertificate(socket: Socket): boolean {
  return socket instanceof TLSSocket && Boolean(socket.authorizationError);
}

function certificateRefused(destination: SyslogDestination, error: unknown): DozenError {
  const { code } = error as NodeJS.ErrnoException;
  // What follows a semicolon is Node's advice to who starts Node.
  const [said = ''] = messageOf(error).split(';');
  const why = code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? 'it is for another name' : said;
  const text = `Cannot deliver log lines to ${nameOf(destination)}: its certificate was refused, ${why}`;
  return userError('DRAIN_CERTIFICATE_REFUSED', text, {
    hint: 'Give the destination a certificate for its name, signed by an authority that the drain trusts',
    left: heldMeanwhile,
    cause: error,
  });
}

function away(destination: SyslogDestination, why: string, cause?: unknown): DozenError {
  return userError('DRAIN_AWAY', `Cannot deliver log lines to ${nameOf(destination)}: ${why}`, {
    hint: 'Check that it runs and that this machine may reach it',
    left: heldMeanwhile,
    ...(cause === undefined ? {} : { cause }),
  });
}

const heldMeanwhile = 'Lines are held, up to the limit of the drain, and delivered when it takes them again';

function whyGivenUp(signal: AbortSignal): string {
  return signal.aborted
    ? 'the drain was closed before it answered'
    : `it did not answer within ${establishWithinMs / 1000} s`;
}

/** Of several addresses of one name, what was wrong with the first. */
function messageOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return first instanceof Error ? first.message : String(first);
}
