/**
 * The lines that a drain holds until its destination has taken them.
 *
 * ```
 * add ─► waiting (oldest dropped beyond the limit) ─► take ─► in delivery ─► delivered
 *            ▲                                                    │
 *            └───────────────────── giveBack ─────────────────────┘
 * ```
 * A delivery is as many of the oldest as fit, in one piece. When lines were dropped, it begins with a line that says how
 * many; a delivery that is given back takes that number back too. So every line that was added is delivered, told as
 * dropped, or still counted by `undelivered`.
 */
export interface HeldLines<Line> {
  add(lines: readonly Line[]): void;
  /** Begins a delivery; null when there is nothing to say. One at a time. */
  take(): Uint8Array | null;
  /** The delivery has arrived, or its destination answers for it. */
  delivered(): void;
  /** The delivery has not arrived: its lines are the oldest that wait again. */
  giveBack(): void;
  readonly isEmpty: boolean;
  /** Lines that wait, are in delivery, or were dropped and nobody was told. */
  readonly undelivered: number;
}

export interface HeldLinesOptions<Line> {
  /** Bytes of encoded lines in memory, those in delivery included, and `lineCost` for each. */
  readonly limitBytes: number;
  readonly encode: (line: Line) => Uint8Array;
  /** What is said in place of `count` lines. */
  readonly encodeDropped: (count: number) => Uint8Array;
}

/** What keeping a line costs beside its bytes, so that empty lines fill no memory either. */
export const lineCost = 128;

/** Bytes, but for a single line that is longer. */
const deliveryBytes = 64 * 1024;

interface Entry {
  readonly bytes: Uint8Array;
  next: Entry | null;
}

/** Linked, because lines leave at the front one by one. */
interface Row {
  first: Entry | null;
  last: Entry | null;
  count: number;
  cost: number;
}

export function createHeldLines<Line>(options: HeldLinesOptions<Line>): HeldLines<Line> {
  const { limitBytes, encode, encodeDropped } = options;
  // A delivery that stands still must leave room for lines to come, or the newest were dropped instead of the oldest.
  const deliveryCost = Math.min(deliveryBytes, limitBytes / 2);
  let waiting = emptyRow();
  let inDelivery = emptyRow();
  let dropped = 0;
  let told = 0;

  const drop = (): void => {
    while (waiting.cost + inDelivery.cost > limitBytes && shift(waiting) !== null) dropped += 1;
  };

  return {
    add(lines) {
      for (const line of lines) {
        push(waiting, { bytes: encode(line), next: null });
        drop();
      }
    },
    take() {
      const pieces: Uint8Array[] = [];
      if (dropped > 0) pieces.push(encodeDropped(dropped));
      told = dropped;
      dropped = 0;
      while (waiting.first !== null) {
        if (inDelivery.count > 0 && inDelivery.cost + costOf(waiting.first) > deliveryCost) break;
        const entry = shift(waiting);
        if (entry === null) break;
        push(inDelivery, entry);
        pieces.push(entry.bytes);
      }
      return pieces.length === 0 ? null : Buffer.concat(pieces);
    },
    delivered() {
      inDelivery = emptyRow();
      told = 0;
    },
    giveBack() {
      waiting = joined(inDelivery, waiting);
      inDelivery = emptyRow();
      dropped += told;
      told = 0;
    },
    get isEmpty() {
      return this.undelivered === 0;
    },
    get undelivered() {
      return waiting.count + inDelivery.count + dropped + told;
    },
  };
}

const emptyRow = (): Row => ({ first: null, last: null, count: 0, cost: 0 });

const costOf = ({ bytes }: Entry): number => bytes.length + lineCost;

function push(row: Row, entry: Entry): void {
  if (row.last === null) row.first = entry;
  else row.last.next = entry;
  row.last = entry;
  row.count += 1;
  row.cost += costOf(entry);
}

function shift(row: Row): Entry | null {
  const entry = row.first;
  if (entry === null) return null;
  row.first = entry.next;
  if (row.first === null) row.last = null;
  row.count -= 1;
  row.cost -= costOf(entry);
  entry.next = null;
  return entry;
}

function joined(front: Row, back: Row): Row {
  if (front.last === null) return back;
  if (back.first === null) return front;
  front.last.next = back.first;
  return {
    first: front.first,
    last: back.last,
    count: front.count + back.count,
    cost: front.cost + back.cost,
  };
}
