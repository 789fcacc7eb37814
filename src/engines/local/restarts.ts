/** The processes of one owner that crashed: how often in a row each has, and when it is started again. */
import { restartAfter } from '../../factors/09-disposability/backoff.ts';

/** Processes of one name and one key follow one another in one place. */
export interface Place {
  /** E.g. `web.1`. */
  readonly process: string;
  readonly key: string;
}

export interface RestartContext {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** In [0, 1): spreads restarts. */
  readonly random: () => number;
  /** Told when a place is to be filled again. */
  readonly onDue: () => void;
}

interface Row {
  readonly place: Place;
  readonly crashes: number;
  /** Null once it was started again. */
  timer: NodeJS.Timeout | null;
}

export class Restarts {
  readonly #context: RestartContext;
  readonly #rows = new Map<string, Row>();

  constructor(context: RestartContext) {
    this.#context = context;
  }

  /** Places that wait to be filled again. */
  get waiting(): readonly Place[] {
    return [...this.#rows.values()].filter(({ timer }) => timer !== null).map(({ place }) => place);
  }

  /** In a row, of a process of that name. */
  crashesOf(process: string): number {
    return [...this.#rows.values()]
      .filter(({ place }) => place.process === process)
      .reduce((sum, { crashes }) => sum + crashes, 0);
  }

  /** Notes a crash now, of a process that was started at that time; answers with the milliseconds until the next start. */
  add(place: Place, startedAt: number): number {
    const { now, random, onDue } = this.#context;
    const endedAt = now();
    const crashesBefore = this.#rows.get(nameOf(place))?.crashes ?? 0;
    const { crashes, startAt } = restartAfter({ startedAt, endedAt }, { crashesBefore, chance: random() });
    const row: Row = { place, crashes, timer: null };
    row.timer = setTimeout(() => {
      row.timer = null;
      onDue();
    }, startAt - endedAt);
    this.#rows.set(nameOf(place), row);
    return startAt - endedAt;
  }

  /** Whether it waited: it is not to be filled again. */
  remove(name: string): boolean {
    const row = this.#rows.get(name);
    if (row?.timer) clearTimeout(row.timer);
    return this.#rows.delete(name);
  }

  clear(): void {
    for (const name of this.#rows.keys()) this.remove(name);
  }
}

/** Unique among an owner's places. */
export function nameOf({ process, key }: Place): string {
  return `${process} ${key}`;
}
