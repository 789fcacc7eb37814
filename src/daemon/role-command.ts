/** The command line of one of Dozen's own processes: it names its role. */
import { existsSync } from 'node:fs';
import path from 'node:path';

export type RoleName = 'control' | 'runner' | 'router' | 'build';

export function roleCommand(role: RoleName, ...args: readonly string[]): [string, ...string[]] {
  const compiled = path.join(import.meta.dirname, '../main.js');
  const main = existsSync(compiled) ? compiled : path.join(import.meta.dirname, '../main.ts');
  return [process.execPath, ...memoryFlags(role), main, role, ...args];
}

/** What control loads makes short-lived garbage once, and V8 would keep 20 MB of room for more of it. */
function memoryFlags(role: RoleName): readonly string[] {
  return role === 'control' ? ['--max-semi-space-size=4'] : [];
}
