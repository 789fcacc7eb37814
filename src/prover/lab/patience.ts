import type { Readiness } from './lab.ts';

/** How long a process is waited for: whoever was waited for in vain once is not waited for as long again. */
export interface Patience {
  /** Milliseconds. */
  of(type: string): number;
  learn(type: string, readiness: Readiness): void;
}

const shortMs = 5_000;

/** @param startMs for a type of which nothing is known */
export function patienceOf(startMs: number): Patience {
  const vain = new Set<string>();
  return {
    of: (type) => (vain.has(type) ? Math.min(startMs, shortMs) : startMs),
    learn: (type, readiness) => {
      if (readiness.ready) vain.delete(type);
      else if (readiness.late) vain.add(type);
    },
  };
}
