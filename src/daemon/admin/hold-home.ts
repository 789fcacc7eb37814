import { userError } from '../../base/error.ts';
import { openHome } from '../../store/home.ts';
import { registeredRoles } from '../role-register.ts';
import { systemClock } from '../system.ts';

/**
 * Does `work` while no platform runs over the home, and none can begin to.
 * @throws HOME_LOCKED, HOME_IN_USE
 */
export async function whileHeld<T>(
  { home, command }: { readonly home: string; readonly command: string },
  work: () => T | Promise<T>,
): Promise<T> {
  const held = openHome(home, { command, clock: systemClock });
  try {
    if (registeredRoles(home).length > 0) throw inUse(home);
    return await work();
  } finally {
    held.close();
  }
}

function inUse(home: string): Error {
  return userError(
    'HOME_IN_USE',
    `Cannot use ${JSON.stringify(home)}: processes of a platform whose parent was killed go on over it`,
    { hint: 'dozen server takes them up; end it, then try again' },
  );
}
