/** Where the platform's processes find each other, in `DOZEN_HOME`. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { LocalPeer } from '../api/socket-call.ts';
import { userError } from '../base/error.ts';
import { replaceFile } from '../store/durable-file.ts';
import { homeFolder } from '../store/home.ts';

export type Role = 'control' | 'runner';

/** Linux takes no longer path for a socket. */
const socketPathLimit = 107;

export function peerOf(home: string, role: Role): LocalPeer {
  const socket = path.join(homeFolder(home, 'run'), `${role}.sock`);
  if (Buffer.byteLength(socket) > socketPathLimit) {
    throw userError(
      'HOME_TOO_LONG',
      `Cannot use ${JSON.stringify(home)}: a socket in it would have a path of over ${socketPathLimit} bytes`,
      {
        hint: 'Set DOZEN_HOME to a shorter path',
      },
    );
  }
  return { socket, token: readFileSync(tokenFile(home), 'utf8').trim() };
}

/** New at each start of the parent: what an earlier platform gave away is worth nothing. */
export function makeToken(home: string): void {
  replaceFile(tokenFile(home), `${randomBytes(32).toString('hex')}\n`);
}

/** Where the API listens, for whoever looks on this machine. */
export const apiFile = (home: string): string => path.join(homeFolder(home, 'run'), 'api.json');
export const storeFile = (home: string): string => path.join(homeFolder(home, 'store'), 'dozen.db');
export const decidedFile = (home: string): string => path.join(homeFolder(home, 'store'), 'schedules.json');
export const routesFile = (home: string): string => path.join(homeFolder(home, 'run'), 'routes.json');
export const spoolFolder = (home: string): string => path.join(homeFolder(home, 'run'), 'spool');

function tokenFile(home: string): string {
  return path.join(homeFolder(home, 'run'), 'token');
}
