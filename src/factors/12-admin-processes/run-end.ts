/** How what somebody runs has ended, and what that is to the shell that waits for it. */
import { describeExit, type Exit } from '../06-processes/process.ts';

export interface RunEnd {
  readonly exit: Exit;
  /** Whether it was stopped because its time was over. */
  readonly timedOut: boolean;
}

/** As `timeout` of coreutils has it. */
const overTime = 124;
const killed = 137;
const platformFault = 70;

export function statusOf({ exit, timedOut }: RunEnd): number {
  if (timedOut) return overTime;
  switch (exit.kind) {
    case 'code':
      return exit.code;
    case 'signal':
      return 128 + exit.signal;
    case 'memory':
    case 'disk':
      return killed;
    case 'unknown':
    case 'not-started':
      return platformFault;
  }
}

/** What the status alone does not tell; null when it tells all. */
export function remarkOn({ exit, timedOut }: RunEnd): string | null {
  if (timedOut) return 'stopped: its time was over';
  return exit.kind === 'code' || exit.kind === 'signal' ? null : describeExit(exit);
}
