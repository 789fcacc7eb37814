/**
 * One change at a time for each app, and for each service where its data or its existence is at stake. Who comes second waits, and is told what for when that takes too long. Turns live with the
 * process that gives them: one that is killed holds nobody up.
 */
import type { Clock } from '../base/clock.ts';
import { userError } from '../base/error.ts';

export interface Turns {
  /** @param doing what the turn is for, e.g. `deploy 1a2b3c4`. @throws APP_BUSY when it is not free in time */
  take<T>(holder: Holder, doing: string, work: () => Promise<T>): Promise<T>;
  /** What is being done with it now; null when nothing is. */
  doing(id: string): string | null;
}

/** An app or a service. */
export interface Holder {
  readonly id: string;
  readonly name: string;
}

/** Callers over HTTP give up after a minute of silence. */
const patienceMs = 50_000;

export function openTurns(clock: Clock): Turns {
  const last = new Map<string, { readonly doing: string; readonly over: Promise<unknown> }>();
  return {
    async take(holder, doing, work) {
      const before = last.get(holder.id);
      const begun = before === undefined ? Promise.resolve() : before.over;
      let givenUp = false;
      const result = begun.then(() => (givenUp ? null : work()));
      const turn = { doing, over: result.then(ignore, ignore) };
      last.set(holder.id, turn);
      void turn.over.then(() => {
        if (last.get(holder.id) === turn) last.delete(holder.id);
      });
      if (before !== undefined && !(await endsWithin(begun, clock))) {
        givenUp = true;
        throw userError(
          'APP_BUSY',
          `Cannot ${doing}: another change of ${holder.name} has gone on for ${patienceMs / 1000} s (${before.doing})`,
          { hint: 'Try again when that is over; of an app, dozen releases tells how it goes' },
        );
      }
      return (await result) as Awaited<ReturnType<typeof work>>;
    },
    doing: (id) => last.get(id)?.doing ?? null,
  };
}

async function endsWithin(over: Promise<unknown>, clock: Clock): Promise<boolean> {
  const waiting = new AbortController();
  const tooLong = clock.sleep(patienceMs, waiting.signal).then(
    () => false,
    () => true,
  );
  const ended = await Promise.race([over.then(() => true), tooLong]);
  waiting.abort();
  return ended;
}

/** How the one before ended is for its own caller to know. */
function ignore(): undefined {
  return undefined;
}
