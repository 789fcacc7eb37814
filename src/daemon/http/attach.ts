/** A client attaches to a run that waits for it: the connection of its request becomes the run's (api/run-frames.ts). */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { attachPath, type RunMessage, runProtocol, runSignals } from '../../api/run-frames.ts';
import { openLink, type RunLink } from '../../api/run-link.ts';
import { asDozenError } from '../../base/error.ts';
import type { OneOff } from '../../engines/engine.ts';
import type { Runs, WaitingRun } from '../runs.ts';
import type { Admission } from './admission.ts';
import { saidOf } from './statuses.ts';

export interface Attaching {
  readonly runs: Runs;
  readonly admission: Admission;
}

/** Any other upgrade that is offered is let pass, as HTTP has it. */
export function isAttaching({ headers: { upgrade = '' } }: IncomingMessage): boolean {
  return upgrade.toLowerCase() === runProtocol;
}

/** Returns what cuts all connections there are. */
export function acceptAttaching(server: Server, { runs, admission }: Attaching): () => void {
  const open = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket)).on('error', () => socket.destroy());
    try {
      // Over the unix socket no browser comes.
      if (request.socket.remoteAddress !== undefined) admission.checkOrigin(request.headers);
      const run = runs.claim(capabilityIn(request));
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${runProtocol}\r\n\r\n`,
      );
      request.socket.setTimeout(0).setNoDelay(true);
      if (head.length > 0) socket.unshift(head);
      void serveRun(socket, run);
    } catch (error) {
      refuse(socket, error);
    }
  });
  return () => {
    for (const socket of open) socket.destroy();
  };
}

function capabilityIn({ url = '' }: IncomingMessage): string {
  const { pathname } = new URL(url, 'http://localhost');
  return pathname.startsWith(attachPath) ? pathname.slice(attachPath.length) : '';
}

function refuse(socket: Duplex, thrown: unknown): void {
  const { status, body } = saidOf(asDozenError(thrown));
  const text = JSON.stringify(body);
  const head = `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nConnection: close`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

/** A client that is gone hangs the run up; what it writes after that is for nobody. */
async function serveRun(socket: Duplex, { oneOff, ended, hangUp }: WaitingRun): Promise<void> {
  const link = openLink(socket, {
    onBytes: (bytes) => (bytes.length === 0 ? oneOff.end() : oneOff.write(bytes)),
    onMessage: (message) => obey(oneOff, message).catch(() => socket.destroy()),
  });
  void link.closed.then(hangUp);
  link.tell(await lastWord(link, { oneOff, ended }));
  link.close();
}

async function lastWord(
  link: RunLink,
  { oneOff, ended }: Pick<WaitingRun, 'oneOff' | 'ended'>,
): Promise<RunMessage> {
  try {
    for await (const bytes of oneOff.output) await link.write(bytes);
    return { kind: 'end', end: await ended };
  } catch (error) {
    return { kind: 'failed', error: asDozenError(error).toJSON() };
  }
}

const largestSize = 10_000;

/** What it says comes from outside: what cannot be is let pass. */
async function obey(oneOff: OneOff, message: RunMessage): Promise<void> {
  if (message.kind === 'signal' && runSignals.includes(message.name)) await oneOff.signal(message.name);
  if (message.kind !== 'resize') return;
  const { columns, rows } = message;
  if ([columns, rows].every((size) => Number.isInteger(size) && size > 0 && size <= largestSize))
    await oneOff.resize({ columns, rows });
}
