import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after so long, or when the signal aborts. Until then it keeps the program running. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  // The timer rejects for no other reason than the signal.
  sleep(ms, undefined, { signal }).catch(() => undefined);
