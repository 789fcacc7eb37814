/** Waiting for the end of an instance, as several experiments do. */
import type { Ending, Instance, Lab } from '../../lab/lab.ts';

/** Its end, when it comes in time; null, with everything of it killed, when it does not. */
export async function endWithin(instance: Instance, ms: number, lab: Lab): Promise<Ending | null> {
  const over = new AbortController();
  const ending = await Promise.race([instance.ended, late(ms, AbortSignal.any([lab.signal, over.signal]))]);
  over.abort();
  if (ending === null) await instance.kill();
  return ending;
}

function late(ms: number, signal: AbortSignal): Promise<null> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  return new Promise((resolve) => {
    if (limit.aborted) resolve(null);
    limit.addEventListener('abort', () => resolve(null), { once: true });
  });
}

/** `code 0`, `SIGTERM` */
export function howItEnded(ending: Ending | null): string {
  return ending === null ? 'SIGKILL of ours' : (ending.signal ?? `code ${ending.code}`);
}

/** How long the end of a process of this type is waited for. */
export function graceOf({ app }: Lab, type: string): number {
  const seconds = app.appJson?.grace[type];
  return Math.min(seconds === undefined ? longestMs : seconds * 1000, longestMs);
}

/** A part of a longer grace. */
const longestMs = 15_000;
