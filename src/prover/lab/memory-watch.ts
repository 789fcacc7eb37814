/**
 * Holds what runs in the chamber to a limit of memory together: a limit of each process says nothing of many, and cgroups are not
 * everywhere. Whatever the lab started is a tree of its own; over the limit the one that takes the most is ended.
 *
 * ```
 * all that is resident, and what layers hold ─► over the limit? ─► what is shared counted once ─► over? ─► SIGKILL for the largest
 * ```
 * Memory that no process shows, such as a file without a name, is missed by that: what the machine has left is looked at too.
 */
import { freemem, totalmem } from 'node:os';
import { chamberTrees, type ProcessTree, sendSignal } from './proc.ts';
import { proportionalBytes, residentBytes } from './process-memory.ts';

/** What the lab knows of a tree beside its processes. */
export interface Held {
  /** Of its layer, which is memory as well. */
  writtenBytes(): number;
  /** Told why, in words that follow the signal. */
  ended(why: string): void;
}

export interface MemoryWatch {
  /** @param root pid of the first process */
  hold(root: number, held: Held): Hold;
  stop(): void;
}

export interface Hold {
  /** Its processes are gone; its layer is not. */
  left(): void;
  release(): void;
}

export interface MemoryWatchOptions {
  /** Bytes. */
  readonly limit: number;
  /** Told of the first that was ended. */
  readonly onFirst: (why: string) => void;
  readonly machine?: Machine;
  readonly lookEveryMs?: number;
}

/** Bytes. */
export interface Machine {
  readonly total: number;
  free(): number;
}

const thisMachine: Machine = { total: totalmem(), free: freemem };
/** Where two cores fill memory as fast as they can, some hundred megabytes. */
const defaultLookEveryMs = 100;

export function watchMemory({ limit, onFirst, ...options }: MemoryWatchOptions): MemoryWatch {
  const machine = options.machine ?? thisMachine;
  const held = new Map<number, Held>();
  const leftovers = new Set<Held>();
  const reserve = reserveOf(machine);
  let ending: readonly number[] = [];
  let count = 0;

  const look = (): void => {
    const trees = chamberTrees();
    const pids = trees.flatMap((tree) => tree.pids);
    // Until what was ended is gone its memory is.
    if (pids.some((pid) => ending.includes(pid))) return;
    const over = overrun(trees, { held, leftovers, limit, isScarce: machine.free() < reserve, reserve });
    if (over === null) return;
    ending = over.tree.pids;
    sendSignal(over.tree.root, 'SIGKILL');
    held.get(over.tree.root)?.ended(over.why);
    count += 1;
    if (count === 1) onFirst(over.why);
  };
  const timer = setInterval(look, options.lookEveryMs ?? defaultLookEveryMs);
  return {
    hold: (root, facts) => {
      held.set(root, facts);
      // By then the number may be another's.
      const leave = (): void => {
        if (held.get(root) === facts) held.delete(root);
      };
      return {
        left: () => {
          leave();
          leftovers.add(facts);
        },
        release: () => {
          leave();
          leftovers.delete(facts);
        },
      };
    },
    stop: () => clearInterval(timer),
  };
}

/** Bytes that the machine keeps; none where it has hardly more from the start, since that is not the app's doing. */
function reserveOf({ total, free }: Machine): number {
  const reserve = total / 16;
  return free() > 2 * reserve ? reserve : 0;
}

interface Rules {
  readonly held: ReadonlyMap<number, Held>;
  readonly leftovers: ReadonlySet<Held>;
  readonly limit: number;
  readonly reserve: number;
  readonly isScarce: boolean;
}

interface Overrun {
  readonly tree: ProcessTree;
  readonly why: string;
}

/** The cheap upper bound first. */
function overrun(
  trees: readonly ProcessTree[],
  { held, leftovers, limit, reserve, isScarce }: Rules,
): Overrun | null {
  const left = writtenBytes(leftovers);
  const resident = residentBytes(trees.flatMap(({ pids }) => pids));
  if (!isScarce && resident + left + writtenBytes(held.values()) <= limit) return null;
  const sizes = trees.map((tree) => ({
    tree,
    bytes: proportionalBytes(tree.pids) + (held.get(tree.root)?.writtenBytes() ?? 0),
  }));
  const [largest] = sizes.toSorted((one, other) => other.bytes - one.bytes);
  const all = sizes.reduce((sum, { bytes }) => sum + bytes, left);
  if (largest === undefined || (!isScarce && all <= limit)) return null;
  const why =
    all > limit
      ? `since all processes of the app together took more than ${inWords(limit)} of memory`
      : `since the machine had less than ${inWords(reserve)} of memory left`;
  return { tree: largest.tree, why };
}

function writtenBytes(all: Iterable<Held>): number {
  return [...all].reduce((sum, each) => sum + each.writtenBytes(), 0);
}

function inWords(bytes: number): string {
  const megabytes = bytes / 1024 / 1024;
  return megabytes < 1024 ? `${Math.round(megabytes)} MB` : `${Math.round(megabytes / 102.4) / 10} GB`;
}
