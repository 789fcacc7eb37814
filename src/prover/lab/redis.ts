/** Redis for the check: a server for each deploy that asks for one. */
import { once } from 'node:events';
import { chownSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import type { UserId } from '../chamber/job.ts';
import { Unobservable } from '../unobservable.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import type { Service } from './service.ts';

export interface RedisOptions {
  readonly bwrap: string;
  readonly program: string;
  readonly folder: string;
  readonly user: UserId | null;
  readonly port: number;
  readonly variable: string;
}

export async function startRedis(options: RedisOptions): Promise<Service> {
  const { bwrap, program, folder, user, port, variable } = options;
  mkdirSync(folder, { recursive: true });
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder] as const;
  const argv = [program, ...place, '--save', '', '--appendonly', 'yes'] as const;
  const env = { PATH: '/usr/bin:/bin' };
  const isUp = (): Promise<boolean> => answersPing(port);
  const start = (): Promise<Daemon> =>
    startDaemon({ bwrap, argv, env, reads: [], writes: folder, user, isUp });
  let daemon = await start();
  return {
    kind: 'redis',
    variable,
    url: `redis://127.0.0.1:${port}`,
    port,
    own: true,
    connections: () => countClients(port),
    down: () => daemon.stop('SIGTERM'),
    up: async () => {
      daemon = await start();
    },
    lock: () => Promise.reject(new Unobservable(`${path.basename(program)} has no tables to lock`)),
    stop: () => daemon.stop('SIGKILL'),
  };
}

/** While it reads its data in, it answers with an error. */
async function answersPing(port: number): Promise<boolean> {
  try {
    return (await ask(port, 'PING')).startsWith('+PONG');
  } catch (error) {
    if (['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return false;
    throw error;
  }
}

/** Without the one that asks. */
async function countClients(port: number): Promise<number> {
  const connected = /connected_clients:(\d+)/.exec(await ask(port, 'INFO clients'))?.[1];
  if (connected === undefined) throw new TypeError('Redis did not say how many clients it has');
  return Number(connected) - 1;
}

async function ask(port: number, command: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.end(`${command}\r\nQUIT\r\n`);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}
