/** The roles of a parent that was killed: they go on until the next one has taken their place. */
import { isAlive, sendSignal } from '../engines/local/proc.ts';
import type { Registered } from './role-register.ts';
import { systemClock } from './system.ts';

const leaveWithinMs = 6_000;
const lookEveryMs = 10;

/** Asks them to leave, and kills those that are still there after a while. Resolves when all are gone. */
export async function endRoles(roles: readonly Registered[]): Promise<void> {
  await Promise.all(roles.map(end));
}

async function end({ identity }: Registered): Promise<void> {
  sendSignal(identity.pid, 'SIGTERM');
  const deadline = systemClock.monotonic() + leaveWithinMs;
  while (isAlive(identity)) {
    if (systemClock.monotonic() > deadline) sendSignal(identity.pid, 'SIGKILL');
    await systemClock.sleep(lookEveryMs);
  }
}
