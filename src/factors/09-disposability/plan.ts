/**
 * The next steps of an owner's processes: desired minus observed, in each type's replacement order. (Room 08 counts,
 * this room orders; it stands here because the order is a matter of starting and stopping.)
 *
 * The plan is made anew from what there is each time something changes, so it holds no memory of its own and a restart in
 * the middle of a rollout changes nothing:
 *
 * ```
 * 1  start-first types: start what is missing beside the old ones
 * 2  when those are up, for each stop-first or one-by-one type: stop old ones, then start new ones
 * 3  when every slot is up (commit): retire whatever is not wanted, the old start-first ones among it
 * ```
 *
 * Until the commit nothing has been taken away from a start-first type, so a failure up to there costs it nothing.
 *
 * A *stale* process is to be restarted: it fills no slot, so that a successor of the same key takes its place in the order of
 * its type. A start-first one leaves as soon as its successor is up, whatever becomes of other slots.
 */
import type { Replacement } from './replacement.ts';

export interface WantedType {
  readonly type: string;
  readonly quantity: number;
  /** Processes with one key are interchangeable. */
  readonly key: string;
  readonly replacement: Replacement;
}

export interface Observed {
  readonly instance: string;
  readonly type: string;
  readonly index: number;
  readonly key: string;
  /** `ended`: it ended unasked and waits for its back-off. */
  readonly state: 'starting' | 'up' | 'leaving' | 'ended';
  readonly isStale: boolean;
}

export interface Slot {
  readonly type: string;
  readonly index: number;
  readonly key: string;
}

export interface Plan {
  readonly start: readonly Slot[];
  /** Instances to take out of the routes, drain and stop. */
  readonly retire: readonly string[];
  /** Every wanted process is up: what remains besides is only leaving. */
  readonly committed: boolean;
  /** Committed, and nothing else is left. */
  readonly settled: boolean;
}

export function planNext(wanted: readonly WantedType[], observed: readonly Observed[]): Plan {
  const slots = wanted.flatMap(slotsOf);
  const kept = chooseOccupants(slots, observed);
  const isUp = (slot: Slot): boolean => kept.get(slot)?.state === 'up';
  const committed = slots.every(isUp);
  const others = observed.filter((one) => ![...kept.values()].includes(one));
  if (committed) {
    const retire = others.filter(({ state }) => state !== 'leaving').map(({ instance }) => instance);
    return { start: [], retire, committed, settled: others.length === 0 };
  }
  const start: Slot[] = [];
  const retire: string[] = [];
  for (const type of wanted.filter(({ replacement }) => replacement === 'start-first')) {
    start.push(...slotsOf(type).filter((slot) => findSlot(kept, slot) === undefined));
    retire.push(...replaced(type, { kept, others }));
  }
  const startFirstAreUp = slots
    .filter((slot) => replacementOf(wanted, slot) === 'start-first')
    .every((slot) => findSlot(kept, slot)?.state === 'up');
  if (startFirstAreUp) {
    for (const type of wanted.filter(({ replacement }) => replacement !== 'start-first')) {
      const steps =
        type.replacement === 'stop-first'
          ? stopFirst(type, { kept, others })
          : oneByOne(type, { kept, others });
      start.push(...steps.start);
      retire.push(...steps.retire);
    }
  }
  return { start, retire, committed, settled: false };
}

interface Situation {
  readonly kept: ReadonlyMap<Slot, Observed>;
  readonly others: readonly Observed[];
}

interface Steps {
  readonly start: readonly Slot[];
  readonly retire: readonly string[];
}

/** Stale ones whose successor is up. */
function replaced(type: WantedType, { kept, others }: Situation): string[] {
  const isReplaced = ({ isStale, key, index }: Observed): boolean =>
    isStale && key === type.key && findSlot(kept, { type: type.type, index, key })?.state === 'up';
  return notLeaving(others.filter((one) => one.type === type.type && isReplaced(one)));
}

function stopFirst(type: WantedType, { kept, others }: Situation): Steps {
  const old = others.filter((one) => one.type === type.type);
  if (old.length > 0) return { start: [], retire: notLeaving(old) };
  return { start: slotsOf(type).filter((slot) => findSlot(kept, slot) === undefined), retire: [] };
}

/** The first slot that is not up holds up the ones behind it. */
function oneByOne(type: WantedType, { kept, others }: Situation): Steps {
  const next = slotsOf(type).find((slot) => findSlot(kept, slot)?.state !== 'up');
  if (next === undefined || findSlot(kept, next) !== undefined) return { start: [], retire: [] };
  const old = others.filter((one) => one.type === type.type && one.index === next.index);
  return old.length > 0 ? { start: [], retire: notLeaving(old) } : { start: [next], retire: [] };
}

function notLeaving(observed: readonly Observed[]): string[] {
  return observed.filter(({ state }) => state !== 'leaving').map(({ instance }) => instance);
}

function slotsOf({ type, quantity, key }: WantedType): Slot[] {
  return Array.from({ length: quantity }, (_, at) => ({ type, index: at + 1, key }));
}

/** Of several that fit a slot the most alive one keeps it; the rest are surplus. */
function chooseOccupants(slots: readonly Slot[], observed: readonly Observed[]): Map<Slot, Observed> {
  const rank = { up: 0, starting: 1, ended: 2, leaving: 3 } as const;
  const kept = new Map<Slot, Observed>();
  for (const slot of slots) {
    const fitting = observed
      .filter(
        (one) =>
          one.type === slot.type &&
          one.index === slot.index &&
          one.key === slot.key &&
          one.state !== 'leaving' &&
          !one.isStale,
      )
      .sort((a, b) => rank[a.state] - rank[b.state]);
    if (fitting[0] !== undefined) kept.set(slot, fitting[0]);
  }
  return kept;
}

function findSlot(kept: ReadonlyMap<Slot, Observed>, wanted: Slot): Observed | undefined {
  for (const [slot, observed] of kept)
    if (slot.type === wanted.type && slot.index === wanted.index) return observed;
  return undefined;
}

function replacementOf(wanted: readonly WantedType[], slot: Slot): Replacement {
  return wanted.find(({ type }) => type === slot.type)?.replacement ?? 'stop-first';
}
