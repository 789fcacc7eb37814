/** What was measured, judged. Pure. */
import type { Finding } from '../../../api/admin.ts';

type Judged = Omit<Finding, 'what'>;

const gib = 1024 ** 3;
const leastFree = gib;
const leastInodes = 20_000;
const leastFiles = 4_096;
const hourMs = 60 * 60_000;

export interface Disk {
  readonly freeBytes: number;
  readonly freeInodes: number;
  /** Null where the file system makes them as it goes. */
  readonly inodes: number | null;
}

export function judgeDisk({ freeBytes, freeInodes, inodes }: Disk): Judged {
  const space = `${(freeBytes / gib).toFixed(1)} GiB free`;
  const said = inodes === null ? space : `${space}, room for ${freeInodes} more files`;
  if (freeBytes < leastFree)
    return { state: 'bad', said, next: 'df -h, then free some space where DOZEN_HOME is' };
  if (inodes !== null && freeInodes < leastInodes)
    return { state: 'bad', said, next: 'df -i, then remove files where DOZEN_HOME is' };
  return { state: 'good', said, next: null };
}

/** @param writtenMs the latest moment that the platform ever wrote down. */
export function judgeClock(nowMs: number, writtenMs: number): Judged {
  const aheadMs = writtenMs - nowMs;
  const now = new Date(nowMs).toISOString();
  if (aheadMs < hourMs) return { state: 'good', said: now, next: null };
  const said = `${now} is ${Math.round(aheadMs / hourMs)} h before what the platform has written down`;
  return {
    state: 'bad',
    said,
    next: 'timedatectl, then set the clock: schedules wait until it has passed that moment',
  };
}

/** @param hard null: no limit. */
export function judgeFiles(hard: number | null): Judged {
  const said = `a process may open ${hard ?? 'any number of'} files`;
  if (hard === null || hard >= leastFiles) return { state: 'good', said, next: null };
  return {
    state: 'bad',
    said,
    next: 'ulimit -Hn 65536 (or LimitNOFILE=65536 in the unit), then start the platform again',
  };
}

/** @param controllers of memory, pids and cpu, those that this user may use. */
export function judgeCgroups(version: 1 | 2 | null, controllers: readonly string[]): Judged {
  const without = ['memory', 'pids', 'cpu'].filter((name) => !controllers.includes(name));
  const said =
    version === null ? 'none that Dozen may write to' : `version ${version}: ${controllers.join(', ')}`;
  if (without.length === 0) return { state: 'good', said, next: null };
  const measured = without.includes('memory') ? '; memory is measured instead, each second' : '';
  const cores = without.includes('cpu') ? '; limits of cores are not held' : '';
  return { state: 'note', said: `${said}${measured}${cores}`, next: null };
}

/** @param roles of the processes that are there. */
export function judgeRoles(roles: readonly string[]): Judged {
  const count = (role: string): number => roles.filter((one) => one === role).length;
  const said = `control ${count('control')}, runner ${count('runner')}, router ${count('router')}`;
  if (roles.length === 0) return { state: 'note', said: 'no platform runs over this home', next: null };
  if (count('control') === 1 && count('runner') === 1 && count('router') >= 2)
    return { state: 'good', said, next: null };
  return {
    state: 'bad',
    said,
    next: 'dozen server, when its parent is gone; else look at what it says of itself',
  };
}

const versionIn = /(\d+\.\d+(\.\d+)?)/;

/** @param said by the program, asked for its version; null when it is not there. */
export function judgeProgram(
  said: string | null,
  missing: { readonly state: 'note' | 'bad'; readonly so: string; readonly next: string | null },
): Judged {
  if (said === null) return { state: missing.state, said: missing.so, next: missing.next };
  return { state: 'good', said: versionIn.exec(said)?.[1] ?? said.slice(0, 40), next: null };
}
