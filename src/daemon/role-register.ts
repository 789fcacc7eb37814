/**
 * Which roles run over a home, by files named after the process: a server's roles outlive their parent, and the next one finds
 * them here.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isAlive, markedIn, markOf, ownIdentity, type ProcessIdentity } from '../engines/local/proc.ts';
import { replaceFile } from '../store/durable-file.ts';
import { homeFolder } from '../store/home.ts';

export type LastingRole = 'control' | 'runner' | 'router';

export interface Registered {
  readonly name: LastingRole;
  readonly identity: ProcessIdentity;
  /** Where it was told to listen; 0 where that means nothing. */
  readonly port: number;
}

export function registerRole(home: string, { name, port }: Pick<Registered, 'name' | 'port'>): void {
  mkdirSync(folderOf(home), { recursive: true, mode: 0o700 });
  replaceFile(path.join(folderOf(home), `${name}-${markOf(ownIdentity())}-`), JSON.stringify({ port }));
}

/** Those that are there; what the others left goes. */
export function registeredRoles(home: string): readonly Registered[] {
  const folder = folderOf(home);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((file): Registered[] => {
    const identity = markedIn(file);
    const name = /^(control|runner|router)-/.exec(file)?.[1] as LastingRole | undefined;
    if (identity === null || name === undefined) return [];
    if (isAlive(identity)) {
      const { port } = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as { readonly port: number };
      return [{ name, identity, port }];
    }
    rmSync(path.join(folder, file), { force: true });
    return [];
  });
}

function folderOf(home: string): string {
  return path.join(homeFolder(home, 'run'), 'roles');
}
