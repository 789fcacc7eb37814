import type { AdminTasks } from '../api/admin.ts';
import type { StartPlatform } from '../api/platform.ts';
import type { Check } from '../prover/check.ts';

/** What commands reach beyond the wire, handed in by main.ts. */
export interface Doors {
  readonly startPlatform: StartPlatform;
  readonly admin: () => Promise<AdminTasks>;
  readonly check: () => Promise<Check>;
  /** A scenario of the app in the folder, as text, to begin with. */
  readonly draftScenario: () => Promise<(folder: string) => string | Promise<string>>;
}

/** A command returns its exit code. */
export type Command = (args: readonly string[], doors: Doors) => Promise<number>;

/** As sysexits has it: 1 for what the caller can mend, 70 for a fault of Dozen's or its machine's. */
export function exitCodeOf(fault: 'user' | 'platform'): number {
  return fault === 'user' ? 1 : 70;
}
