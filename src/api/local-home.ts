/** Where a platform of this machine lives, and how to reach it. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { userError } from '../base/error.ts';
import type { LocalPeer } from './socket-call.ts';

/** `DOZEN_HOME`, else `/var/lib/dozen` for root, else the user's data folder. */
export function findHome(environment: NodeJS.ProcessEnv): string {
  const set = environment.DOZEN_HOME;
  if (set !== undefined && set !== '') {
    if (path.isAbsolute(set)) return path.normalize(set);
    throw userError(
      'HOME_NOT_ABSOLUTE',
      `Cannot use DOZEN_HOME ${JSON.stringify(set)}: it is not an absolute path`,
      {
        hint: `export DOZEN_HOME=${path.resolve(set)}`,
      },
    );
  }
  if (process.getuid?.() === 0) return '/var/lib/dozen';
  const data = environment.XDG_DATA_HOME;
  return path.join(
    data !== undefined && path.isAbsolute(data) ? data : path.join(homedir(), '.local/share'),
    'dozen',
  );
}

/** The platform that runs over the home; null when none does, or it is somebody else's. */
export function localPeer(home: string): LocalPeer | null {
  const socket = path.join(home, 'run/control.sock');
  const token = path.join(home, 'run/token');
  if (!isReadable(token) || !(existsSync(socket) || isHeld(home))) return null;
  return { socket, token: readFileSync(token, 'utf8').trim(), comesBack: () => isHeld(home) };
}

/** Whether a platform's parent holds the home, which starts again what dies of it. A pid alone comes round again. */
function isHeld(home: string): boolean {
  const holder = path.join(home, 'lock.json');
  if (!isReadable(holder)) return false;
  const { pid } = JSON.parse(readFileSync(holder, 'utf8')) as { readonly pid: number };
  const command = `/proc/${pid}/cmdline`;
  return isReadable(command) && /\/main\.[jt]s\0(up|server)\0/.test(readFileSync(command, 'utf8'));
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch (error) {
    if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
