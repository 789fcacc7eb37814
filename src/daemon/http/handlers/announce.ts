/** A change begun by a call: the answer names it, so that the caller can follow it. */
import type { Telling } from '../../../platform/rollout.ts';
import type { Change } from '../../changes.ts';
import type { Caller } from '../admission.ts';
import type { ReplyHead } from '../calls.ts';
import type { ApiContext } from '../context.ts';

/** Set where a change goes on after the answer. */
export const changeHeader = 'Dozen-Change';

export async function announce<T>(
  { changes }: ApiContext,
  { reply }: { readonly reply: ReplyHead; readonly caller: Caller },
  work: (telling: Telling) => Promise<T>,
): Promise<Change<T>> {
  const change = await changes.begin(work);
  if (change.underWay) reply.header(changeHeader, change.name);
  // How it ends is told to who follows, and kept with its release.
  change.done.catch(() => undefined);
  return change;
}
