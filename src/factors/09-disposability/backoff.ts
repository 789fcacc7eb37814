/**
 * When a process that ended unasked is started again: at once after a first crash, ever later while it goes on crashing.
 *
 * ```
 * crash in a row |   1      2      3      4      5      6      7      8      9     10    11 and on
 * delay, s       | 0.1    0.2    0.4    0.8    1.6    3.2    6.4   12.8   25.6   51.2   60
 * ```
 * Each delay is double the one before, up to the cap, and is then shortened by up to a tenth by chance, so that
 * processes which fell together do not rise together. The end of a life of a minute or more is the first crash of a new
 * row.
 */
export interface Restart {
  /** Crashes in a row, the one that led to this restart among them. */
  readonly crashes: number;
  /** On the clock of the life that ended. */
  readonly startAt: number;
}

/** From start to end of one start of a process, in milliseconds on one clock. */
export interface Life {
  readonly startedAt: number;
  readonly endedAt: number;
}

export const backoff = {
  firstDelayMs: 100,
  longestDelayMs: 60_000,
  /** A life of this length ends a row of crashes. */
  stableAfterMs: 60_000,
  /** The share of a delay that chance takes off at most. */
  jitter: 0.1,
} as const;

/**
 * What follows the end of `life`.
 * `crashesBefore` is that of the restart it came from, 0 for a first start; `chance` is in [0, 1).
 */
export function restartAfter(
  life: Life,
  { crashesBefore, chance }: { readonly crashesBefore: number; readonly chance: number },
): Restart {
  const wasStable = life.endedAt - life.startedAt >= backoff.stableAfterMs;
  const crashes = wasStable ? 1 : crashesBefore + 1;
  return { crashes, startAt: life.endedAt + delayMs(crashes, chance) };
}

function delayMs(crashes: number, chance: number): number {
  const doubled = backoff.firstDelayMs * 2 ** (crashes - 1);
  const longest = Math.min(doubled, backoff.longestDelayMs);
  return Math.round(longest * (1 - backoff.jitter * chance));
}
