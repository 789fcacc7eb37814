/** The command line of one of Dozen's own processes: it names its role. */
import { existsSync } from 'node:fs';
import path from 'node:path';

export type RoleName = 'control' | 'runner' | 'router' | 'build';

/**
 * Reads of long lists leave much garbage and keep nothing. With the young generation that V8 gives itself, most of it grows
 * old before it is looked at: `control` held 200 MB for 32 that live.
 */
const engineFlags: Readonly<Record<RoleName, readonly string[]>> = {
  control: ['--max-semi-space-size=4'],
  runner: [],
  router: [],
  build: [],
};

export function roleCommand(role: RoleName, ...args: readonly string[]): [string, ...string[]] {
  const compiled = path.join(import.meta.dirname, '../main.js');
  const main = existsSync(compiled) ? compiled : path.join(import.meta.dirname, '../main.ts');
  return [process.execPath, ...engineFlags[role], main, role, ...args];
}
