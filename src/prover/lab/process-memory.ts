/** Memory that processes hold and the kernel cannot take back by itself: of their own, and shared without a file on disk. */
import { readGone } from './proc.ts';

/** Bytes, at most: what several share counts for each. */
export function residentBytes(pids: readonly number[]): number {
  return sum(pids, (pid) => kilobytes(readGone(`/proc/${pid}/status`), /^Rss(?:Anon|Shmem):\s+(\d+) kB/gm));
}

/** Bytes: what several share is counted by the share. Costs the kernel a walk through all pages. */
export function proportionalBytes(pids: readonly number[]): number {
  return sum(pids, (pid) =>
    kilobytes(readGone(`/proc/${pid}/smaps_rollup`), /^Pss_(?:Anon|Shmem):\s+(\d+) kB/gm),
  );
}

function sum(pids: readonly number[], kilobytesOf: (pid: number) => number): number {
  return pids.reduce((all, pid) => all + kilobytesOf(pid), 0) * 1024;
}

function kilobytes(text: string, lines: RegExp): number {
  return [...text.matchAll(lines)].reduce((all, [, number]) => all + Number(number), 0);
}
