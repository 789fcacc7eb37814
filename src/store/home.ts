/**
 * `DOZEN_HOME`: everything Dozen keeps on this machine.
 *
 * | folder | holds |
 * |---|---|
 * | `store` | the ledger |
 * | `keys` | the master key and the API's certificate, outside the default backup |
 * | `artifacts` | slug layers as tars, by digest |
 * | `layers` | slug layers unpacked for running |
 * | `runtimes` | interpreters that processes need |
 * | `logs` | kept log segments |
 * | `outputs` | what builds and release phases said, and what slugs hold |
 * | `engine` | what the engine knows of the processes it started |
 * | `services` | the data of backing services |
 * | `run` | sockets and other things of the running platform |
 * | `cache` | what can be made again |
 * | `builds` | builds at work, and source sent that waits to be built |
 * | `git` | a bare repository for each app that was pushed to |
 *
 * Beside them: `layout`, the version of this order, and `lock.db` with `lock.json`, see `home-lock.ts`. The parent
 * process opens the home; the roles it starts know the path and take no lock.
 */
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DozenError, userError } from '../base/error.ts';
import { makeFolder, replaceFile } from './durable-file.ts';
import { type Holder, lockHome } from './home-lock.ts';

export const homeFolders = [
  'store',
  'keys',
  'artifacts',
  'layers',
  'runtimes',
  'logs',
  'outputs',
  'engine',
  'services',
  'run',
  'cache',
  'builds',
  'git',
] as const;

export type HomeFolder = (typeof homeFolders)[number];

const layout = 1;

export interface Home {
  readonly path: string;
  /** Lets another process have it. */
  close(): void;
}

export function homeFolder(home: string, folder: HomeFolder): string {
  return path.join(home, folder);
}

/**
 * Makes the home where there is none, and holds it until it is closed or the process ends, however it ends.
 * @throws HOME_FOREIGN, HOME_NEWER, HOME_LOCKED, HOME_UNUSABLE
 */
export function openHome(home: string, holder: Holder): Home {
  return usable(home, () => {
    makeFolder(home);
    refuseForeign(home);
    refuseNewer(home);
    const lock = lockHome(home, holder);
    try {
      prepare(home);
    } catch (error) {
      lock.release();
      throw error;
    }
    return { path: home, close: () => lock.release() };
  });
}

/** Under the lock, and so after the layout is looked at once more: another process may just have raised it. */
function prepare(home: string): void {
  refuseNewer(home);
  chmodSync(home, 0o700);
  for (const folder of homeFolders) makeFolder(homeFolder(home, folder));
  if (readLayout(home) === null) replaceFile(layoutFile(home), `${layout}\n`);
}

function layoutFile(home: string): string {
  return path.join(home, 'layout');
}

/** Null where there is no home yet. */
function readLayout(home: string): string | null {
  try {
    return readFileSync(layoutFile(home), 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function refuseNewer(home: string): void {
  const found = readLayout(home);
  if (found === null || found === String(layout)) return;
  throw userError(
    'HOME_NEWER',
    `Cannot use ${JSON.stringify(home)}: its layout is ${JSON.stringify(found.slice(0, 20))}, this Dozen knows "${layout}"`,
    { hint: 'Use the version of Dozen that made it, or a newer one, or another DOZEN_HOME' },
  );
}

/** A folder of somebody's own files must not be filled and closed to others because of a slip in a variable. */
function refuseForeign(home: string): void {
  if (readLayout(home) !== null) return;
  const known = new Set<string>([...homeFolders, 'lock.db', 'lock.db-journal', 'lock.json', 'lost+found']);
  const foreign = readdirSync(home).find((name) => !known.has(name) && !/^(layout|lock\.json)\./.test(name));
  if (foreign === undefined) return;
  throw userError(
    'HOME_FOREIGN',
    `Cannot use ${JSON.stringify(home)}: it is no home of Dozen and holds ${JSON.stringify(foreign)}`,
    { hint: 'Set DOZEN_HOME to a new or an empty folder' },
  );
}

function usable<T>(home: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof DozenError) throw error;
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    const why = syscall === undefined ? message : `${code} from ${syscall}`;
    throw userError('HOME_UNUSABLE', `Cannot use ${JSON.stringify(home)}: ${why}`, {
      hint: 'Set DOZEN_HOME to a folder that you own, on a disk with space',
      cause: error,
    });
  }
}
