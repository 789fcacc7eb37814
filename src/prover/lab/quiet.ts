/** What processes write of themselves, such as the line of an earlier request, is waited for before something is done to them. */
import type { Instance, Lab } from './lab.ts';

const longestMs = 2_000;
const quietMs = 250;

/** Resolves when nothing was written for a moment, or after two seconds. */
export async function untilQuiet(instances: readonly Instance[], lab: Lab): Promise<void> {
  const lengthOfAll = (): number => instances.reduce((sum, { output }) => sum + output().length, 0);
  const limit = lab.now() + longestMs;
  for (let length = -1; length !== lengthOfAll() && lab.now() < limit; ) {
    length = lengthOfAll();
    await lab.pause(quietMs);
  }
}
