import type { Listener } from './lab.ts';

/** A process that has listened elsewhere for this long, and not where it was told to, will not come round. */
const strayLimitMs = 5_000;
const lookEveryMs = 250;

interface Watched {
  readonly port: number;
  readonly now: () => number;
  readonly listeners: () => readonly Listener[];
}

/** Looks now and then at what a web process listens at, while it is not ready. */
export class StrayWatch {
  readonly #facts: Watched;
  #lookedAt = 0;
  #since: number | null = null;

  constructor(facts: Watched) {
    this.#facts = facts;
  }

  settled(): boolean {
    const { port, now, listeners } = this.#facts;
    const atMs = now();
    if (atMs - this.#lookedAt < lookEveryMs) return false;
    this.#lookedAt = atMs;
    const found = listeners();
    const strays = found.length > 0 && found.every((each) => each.port !== port);
    this.#since = strays ? (this.#since ?? atMs) : null;
    return this.#since !== null && atMs - this.#since > strayLimitMs;
  }
}
