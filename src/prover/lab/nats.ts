/**
 * NATS for the check: a server for each deploy that asks for one, with JetStream. It has no login, for not every client reads
 * one from its address.
 */
import { once } from 'node:events';
import { chownSync, mkdirSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { UserId } from '../chamber/job.ts';
import { Unobservable } from '../unobservable.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import type { Service } from './service.ts';

export interface NatsOptions {
  readonly bwrap: string;
  readonly program: string;
  readonly folder: string;
  readonly user: UserId | null;
  readonly port: number;
  /** Where it is asked how it does. */
  readonly monitorPort: number;
  readonly variable: string;
}

export async function startNats(options: NatsOptions): Promise<Service> {
  const { bwrap, program, folder, user, port, monitorPort, variable } = options;
  mkdirSync(folder, { recursive: true });
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const doors = ['--addr', '127.0.0.1', '--port', String(port), '--http_port', String(monitorPort)] as const;
  const argv = [program, ...doors, '--jetstream', '--store_dir', folder] as const;
  const env = { PATH: '/usr/bin:/bin' };
  const isUp = (): Promise<boolean> => isHealthy(monitorPort);
  const start = (): Promise<Daemon> =>
    startDaemon({ bwrap, argv, env, reads: [], writes: folder, user, isUp });
  let daemon = await start();
  return {
    kind: 'nats',
    variable,
    url: `nats://127.0.0.1:${port}`,
    port,
    own: true,
    connections: () => countClients(monitorPort),
    down: () => daemon.stop('SIGTERM'),
    up: async () => {
      daemon = await start();
    },
    lock: () => Promise.reject(new Unobservable('NATS has no tables to lock')),
    stop: () => daemon.stop('SIGKILL'),
  };
}

/** It answers with an error until it takes connections and has read its streams in. */
async function isHealthy(monitorPort: number): Promise<boolean> {
  try {
    return (await ask(monitorPort, '/healthz')).status === 200;
  } catch (error) {
    if (['ECONNREFUSED', 'ECONNRESET'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

async function countClients(monitorPort: number): Promise<number> {
  const { body } = await ask(monitorPort, '/connz');
  const { total } = JSON.parse(body) as { readonly total?: unknown };
  if (typeof total !== 'number') throw new TypeError('NATS did not say how many clients it has');
  return total;
}

async function ask(
  port: number,
  question: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const request = get({ host: '127.0.0.1', port, path: question, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response) };
}
