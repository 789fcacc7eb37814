/**
 * Limits of a build's step that a look now and then holds: what it writes, and its memory where no cgroup counts it.
 *
 * What it has written is added up when the disk's free space fell by a quarter of what is left to it, and now and then, for others
 * may have freed what it took: the longer that takes, the more seldom. One file alone cannot grow over the limit in the meantime
 * (RLIMIT_FSIZE).
 */
import { statfsSync } from 'node:fs';
import type { Exit } from '../../factors/06-processes/process.ts';
import { bytesBelow, deletedBytes } from './layer-size.ts';
import { proportionalBytes, residentBytes, treeOf } from './proc.ts';

export interface StepLimits {
  /** All that it writes to. */
  readonly upper: string;
  /** Bytes. */
  readonly disk: number;
  /** Bytes; null: a cgroup holds it. */
  readonly memory: number | null;
  /** Process 1 of it; null: not yet, or not any more. */
  readonly init: () => number | null;
  readonly kill: () => void;
  /** Milliseconds. */
  readonly now: () => number;
}

export interface HeldStep {
  /** How it ended, where that was for a limit. */
  exit(seen: Exit): Promise<Exit>;
  stop(): void;
}

const lookEveryMs = 200;
/** Of what is left to it. */
const share = 1 / 4;
const restMs = 1_000;
/** Of all time that may be spent adding up. */
const effort = 1 / 20;

export function holdStep({ upper, disk, memory, init, kill, now }: StepLimits): HeldStep {
  let over: Exit | null = null;
  let measuring: Promise<void> | null = null;
  let last = { used: 0, free: freeBytes(upper), at: now(), tookMs: 0 };

  const end = (exit: Exit): void => {
    over ??= exit;
    kill();
  };
  const measure = async (): Promise<number> => {
    const pid = init();
    const held = pid === null ? 0 : deletedBytes(treeOf(pid));
    return held + (await bytesBelow(upper, disk - held));
  };
  const lookAtDisk = async (): Promise<void> => {
    const [free, at] = [freeBytes(upper), now()];
    const isQuiet = last.free - free <= (disk - last.used) * share;
    if (isQuiet && at - last.at <= Math.max(restMs, last.tookMs / effort)) return;
    const used = await measure();
    last = { used, free, at, tookMs: now() - at };
    if (used > disk) end({ kind: 'disk', limit: disk });
  };
  const lookAtMemory = (): void => {
    const pid = init();
    if (memory === null || pid === null) return;
    const pids = treeOf(pid);
    if (residentBytes(pids) > memory && proportionalBytes(pids) > memory)
      end({ kind: 'memory', limit: memory });
  };
  const timer = setInterval(() => {
    lookAtMemory();
    measuring ??= lookAtDisk().finally(() => {
      measuring = null;
    });
  }, lookEveryMs);
  return {
    exit: async (seen) => {
      await measuring;
      if (over !== null) return over;
      // A file that may not grow ends its writer before any look does.
      const failed = seen.kind === 'signal' || (seen.kind === 'code' && seen.code !== 0);
      return failed && (await measure()) >= disk ? { kind: 'disk', limit: disk } : seen;
    },
    stop: () => clearInterval(timer),
  };
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
