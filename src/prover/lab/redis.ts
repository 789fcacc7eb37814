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
  readonly program: string;
  readonly folder: string;
  readonly user: UserId | null;
  readonly port: number;
  readonly variable: string;
}

export async function startRedis(options: RedisOptions): Promise<Service> {
  const { program, folder, user, port, variable } = options;
  mkdirSync(folder, { recursive: true });
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const argv = [
    program,
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'yes',
  ] as const;
  const start = (): Promise<Daemon> =>
    startDaemon({ argv, cwd: '/', env: { PATH: '/usr/bin:/bin' }, user, port });
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

/** Without the one that asks. */
async function countClients(port: number): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.end('INFO clients\r\nQUIT\r\n');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  const connected = /connected_clients:(\d+)/.exec(Buffer.concat(chunks).toString())?.[1];
  if (connected === undefined) throw new TypeError('Redis did not say how many clients it has');
  return Number(connected) - 1;
}
