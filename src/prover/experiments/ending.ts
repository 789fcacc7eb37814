import type { Ending, Instance } from '../lab/lab.ts';

/** Null while it runs. */
export function endingSoFar({ ended }: Instance): Promise<Ending | null> {
  return Promise.race([ended, Promise.resolve(null)]);
}
