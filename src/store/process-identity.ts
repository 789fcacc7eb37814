/** Which process wrote something down: a pid alone comes round again, also after the machine was started anew. */
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from the machine's start to its own; null where the system does not say. */
  readonly startedAtTick: string | null;
  /** One start of the machine. */
  readonly boot: string | null;
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, startedAtTick: startTick(process.pid), boot: bootId() };
}

/** Whether that very process has not ended. */
export function isAlive({ pid, startedAtTick, boot }: ProcessIdentity): boolean {
  return boot === bootId() && startTick(pid) === startedAtTick;
}

/** Field 22 of the process's stat, counted after the name in parentheses; null for one that has ended. */
export function startTick(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  const [state = 'X', ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return 'ZX'.includes(state) ? null : (fields[18] ?? null);
}

function bootId(): string | null {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
}

/** Null where there is no such process. */
function read(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
