/** What the kernel says of processes, through /proc. A process is named by pid and start time: pids come round again. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly startTime: string;
}

/** Of a /proc/PID/stat line. The command may hold spaces and brackets: fields count from the last `)`. */
export function parseStat(line: string): (ProcessIdentity & { readonly state: string }) | null {
  const match = /^(\d+) \(.*\) (\S) (.*)$/s.exec(line.trimEnd());
  const startTime = match?.[3]?.split(' ')[18];
  if (!match?.[1] || !match[2] || startTime === undefined) return null;
  return { pid: Number(match[1]), state: match[2], startTime };
}

export function ownIdentity(): ProcessIdentity {
  const own = parseStat(readFileSync('/proc/self/stat', 'utf8'));
  if (own === null) throw new TypeError('/proc/self/stat is not as Linux writes it');
  return own;
}

/** An identity as part of a file's name, so that whose it is can be told once that process is gone. */
export function markOf({ pid, startTime }: ProcessIdentity): string {
  return `${pid}-${startTime}`;
}

/** The identity in a name that has a mark after its first `-`. */
export function markedIn(name: string): ProcessIdentity | null {
  const [, pid, startTime] = /^[a-z]+-(\d+)-(\d+)-/.exec(name) ?? [];
  return pid === undefined || startTime === undefined ? null : { pid: Number(pid), startTime };
}

export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Whether that very process is there and has not ended; a zombie has. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  const found = parseStat(read(`/proc/${pid}/stat`) ?? '');
  return found !== null && found.startTime === startTime && found.state !== 'Z' && found.state !== 'X';
}

/** Direct children, first born first. */
export function childrenOf(pid: number): number[] {
  return list(`/proc/${pid}/task`).flatMap((thread) =>
    (read(`/proc/${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

/** The process and all below it. */
export function treeOf(pid: number): number[] {
  const tree = [pid];
  for (const parent of tree) tree.push(...childrenOf(parent));
  return tree;
}

/** The live processes below it. */
export function liveBelow(pid: number): number[] {
  return treeOf(pid).filter((each) => each !== pid && !isZombie(each));
}

/** Signals a process, or with a negative number its group; one that has ended needs no signal. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Inodes of the sockets that listen on the port, on any address. */
export function listenersOn(port: number): Set<string> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of (read(table) ?? '').split('\n')) {
      const fields = line.trim().split(/\s+/);
      if (fields[3] === '0A' && fields[1]?.endsWith(wanted) && fields[9]) inodes.add(fields[9]);
    }
  }
  return inodes;
}

/** Whether one of the processes holds one of the sockets. */
export function holdsSocket(pids: readonly number[], inodes: ReadonlySet<string>): boolean {
  if (inodes.size === 0) return false;
  return pids.some((pid) =>
    list(`/proc/${pid}/fd`).some((descriptor) => {
      const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${descriptor}`) ?? '')?.[1];
      return inode !== undefined && inodes.has(inode);
    }),
  );
}

/** Paths through which the files can be looked at that the processes hold open and that have no name any more. */
export function deletedFilesOf(pids: readonly number[]): string[] {
  return pids.flatMap((pid) =>
    list(`/proc/${pid}/fd`)
      .map((descriptor) => `/proc/${pid}/fd/${descriptor}`)
      .filter((file) => link(file)?.endsWith(' (deleted)') === true),
  );
}

/** Resident bytes of the processes, shared pages counted for each: an upper bound, cheap to read. */
export function residentBytes(pids: readonly number[]): number {
  return pids.reduce(
    (sum, pid) => sum + Number((read(`/proc/${pid}/statm`) ?? '0 0').split(' ')[1]) * 4096,
    0,
  );
}

/** Proportional bytes of the processes: shared pages divided among those that share them. */
export function proportionalBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const kilobytes = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
    return sum + Number(kilobytes ?? 0) * 1024;
  }, 0);
}

function isZombie(pid: number): boolean {
  const state = parseStat(read(`/proc/${pid}/stat`) ?? '')?.state;
  return state === undefined || state === 'Z' || state === 'X';
}

function read(file: string): string | null {
  return unlessGone(() => readFileSync(file, 'utf8'));
}

function list(folder: string): string[] {
  return unlessGone(() => readdirSync(folder)) ?? [];
}

function link(file: string): string | null {
  return unlessGone(() => readlinkSync(file));
}

/** A process may end, or change its user, between two reads: that is an answer, not an error. */
export function unlessGone<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'EINVAL'].includes(code)) return null;
    throw error;
  }
}
