/** The command line of one of Dozen's own processes: it names its role. */
import { existsSync } from 'node:fs';
import path from 'node:path';

export type RoleName = 'control' | 'runner' | 'router' | 'build';

export function roleCommand(role: RoleName, ...args: readonly string[]): [string, ...string[]] {
  const compiled = path.join(import.meta.dirname, '../main.js');
  const main = existsSync(compiled) ? compiled : path.join(import.meta.dirname, '../main.ts');
  return [process.execPath, main, role, ...args];
}
