/** Limits that nothing but a look now and then holds: memory where no cgroup counts it, and the time of a one-off. */
import type { LocalProcess } from './local-process.ts';
import { proportionalBytes, residentBytes, treeOf } from './proc.ts';

export function holdLimits(
  process: LocalProcess,
  { now, measuresMemory }: { readonly now: number; readonly measuresMemory: boolean },
): void {
  if (process.isOver) return;
  if (measuresMemory && isOverQuota(process)) process.killForMemory();
  const limitMs = process.run.oneOff?.timeoutMs ?? null;
  if (limitMs !== null && now - process.run.startedAt > limitMs) void process.stop();
}

/** The cheap upper bound first. */
function isOverQuota({ initPid, run }: LocalProcess): boolean {
  if (initPid === null) return false;
  const pids = treeOf(initPid);
  const quota = run.spec.memoryLimit;
  return residentBytes(pids) > quota && proportionalBytes(pids) > quota;
}
