/**
 * One change at a time for each app. Who comes second waits, and is told what for when that takes too long. Turns live with the
 * process that gives them: one that is killed holds nobody up.
 */
import type { Clock } from '../base/clock.ts';
import { userError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';

export interface Turns {
  /** @param doing what the turn is for, e.g. `deploy 1a2b3c4`. @throws APP_BUSY when it is not free in time */
  take<T>(app: App, doing: string, work: () => Promise<T>): Promise<T>;
  /** What is being done with the app now; null when nothing is. */
  doing(appId: string): string | null;
}

/** Callers over HTTP give up after a minute of silence. */
const patienceMs = 50_000;

export function openTurns(clock: Clock): Turns {
  const last = new Map<string, { readonly doing: string; readonly over: Promise<unknown> }>();
  return {
    async take(app, doing, work) {
      const before = last.get(app.id);
      const begun = before === undefined ? Promise.resolve() : before.over;
      let givenUp = false;
      const result = begun.then(() => (givenUp ? null : work()));
      const turn = { doing, over: result.then(ignore, ignore) };
      last.set(app.id, turn);
      void turn.over.then(() => {
        if (last.get(app.id) === turn) last.delete(app.id);
      });
      if (before !== undefined && !(await endsWithin(begun, clock))) {
        givenUp = true;
        throw userError(
          'APP_BUSY',
          `Cannot ${doing}: another change of ${app.name} has gone on for ${patienceMs / 1000} s (${before.doing})`,
          { hint: `See how it goes with dozen releases -a ${app.name}, then try again` },
        );
      }
      return (await result) as Awaited<ReturnType<typeof work>>;
    },
    doing: (appId) => last.get(appId)?.doing ?? null,
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
