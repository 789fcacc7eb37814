/**
 * Ends what writes more than its quota. To walk through every layer all the time would cost the most where nothing happens, so
 * the file system's free space is asked first, twice a second and once for all:
 *
 * ```
 * free space fell by a quarter of what a process has left ─► its layer is measured
 * 20 s since its layer was measured ───────────────────────► as well: others may have freed what it took
 * ```
 * A single file cannot grow over the quota in the meantime (RLIMIT_FSIZE), unless the process has volumes, to whose files that
 * limit would apply too.
 */
import { statfsSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { bytesBelow, deletedBytes } from './layer-size.ts';
import type { LocalProcess } from './local-process.ts';
import { treeOf } from './proc.ts';

const lookEveryMs = 500;
const measureEveryMs = 20_000;
/** Of what is left of a quota: falls of free space that are less are let pass. */
const share = 1 / 4;

export interface DiskQuotaContext {
  /** Holds the folder of each run. */
  readonly runs: string;
  readonly clock: Clock;
  readonly processes: () => readonly LocalProcess[];
}

interface Measured {
  readonly used: number;
  /** Of the file system, then. */
  readonly free: number;
  readonly at: number;
}

/** Returns its stop. */
export function holdDiskQuotas(context: DiskQuotaContext): () => void {
  const known = new Map<string, Measured>();
  const measuring = new Set<string>();
  // What runs already was begun by an engine before this one, and is measured at the first look.
  let before = { free: Number.POSITIVE_INFINITY, at: context.clock.monotonic() };
  const timer = setInterval(() => {
    const now = { free: freeBytes(context.runs), at: context.clock.monotonic() };
    const running = context.processes().filter(({ isOver }) => !isOver);
    forgetOthers(known, running);
    for (const process of running) {
      const { instance, spec } = process.run;
      // One that is new was started after the look before.
      const last = known.get(instance) ?? { ...before, used: 0 };
      known.set(instance, last);
      if (!measuring.has(instance) && isDue(last, now, spec.diskLimit)) {
        measuring.add(instance);
        void measure(process, context.runs).then((used) => {
          measuring.delete(instance);
          known.set(instance, { ...now, used });
          if (used > spec.diskLimit) process.killForDisk();
        });
      }
    }
    before = now;
  }, lookEveryMs);
  return () => clearInterval(timer);
}

function isDue(last: Measured, now: Omit<Measured, 'used'>, limit: number): boolean {
  return last.free - now.free > (limit - last.used) * share || now.at - last.at > measureEveryMs;
}

async function measure({ run, initPid }: LocalProcess, runs: string): Promise<number> {
  const { diskLimit, volumes } = run.spec;
  // A file of a volume that was deleted would count, for nothing tells it apart.
  const held = initPid === null || volumes.length > 0 ? 0 : deletedBytes(treeOf(initPid));
  return held + (await bytesBelow(path.join(runs, run.instance, 'upper'), diskLimit - held));
}

function forgetOthers(known: Map<string, Measured>, running: readonly LocalProcess[]): void {
  const instances = new Set(running.map(({ run }) => run.instance));
  for (const instance of known.keys()) if (!instances.has(instance)) known.delete(instance);
}

function freeBytes(folder: string): number {
  const { bfree, bsize } = statfsSync(folder);
  return bfree * bsize;
}
