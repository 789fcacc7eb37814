/** What the kernel says of processes and sockets, through /proc of the chamber. */
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import type { Listener, ProcessInfo } from './lab.ts';

interface Stat {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  /** Ticks since the machine was started. */
  readonly startedAt: number;
}

function everyProcess(): readonly Stat[] {
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return livingIn(names.map((name) => readGone(`/proc/${name}/stat`)));
}

/** Every process that has not ended, oldest first: names in a folder come as texts do, `1000` before `999`. */
export function livingIn(stats: readonly string[]): readonly Stat[] {
  return stats
    .flatMap(parseStat)
    .filter(({ state }) => state !== 'Z' && state !== 'X')
    .sort((one, other) => one.startedAt - other.startedAt || one.pid - other.pid);
}

/** The command may hold spaces and brackets: fields count from the last `)`. */
function parseStat(line: string): readonly Stat[] {
  const match = /^(\d+) \(.*\) (\S) (\d+) \d+ (\d+) (?:\S+ ){15}(\d+) /s.exec(line);
  if (match === null) return [];
  const [, pid, state = '', parent, session, startedAt] = match;
  return [
    {
      pid: Number(pid),
      state,
      parent: Number(parent),
      session: Number(session),
      startedAt: Number(startedAt),
    },
  ];
}

/** The live processes below one, oldest first. */
export function processesBelow(pid: number): readonly ProcessInfo[] {
  const all = everyProcess();
  const below = new Set([pid]);
  // A parent may have a higher number than its child once numbers come round: until nothing is added.
  for (let before = 0; before !== below.size; ) {
    before = below.size;
    for (const each of all) if (below.has(each.parent)) below.add(each.pid);
  }
  below.delete(pid);
  return all
    .filter((each) => below.has(each.pid))
    .map(({ pid: own, parent, session }) => ({ pid: own, parent, session, argv: argvOf(own) }));
}

/** What runs between walls of bubblewrap, without its own process on either side of them. */
export function walledProcesses(bwrap: number): readonly ProcessInfo[] {
  return processesBelow(bwrap).filter(({ parent }) => parent !== bwrap);
}

/** All that descends from one process that this one started, or that came to it when its own parent ended. */
export interface ProcessTree {
  readonly root: number;
  /** The root among them. */
  readonly pids: readonly number[];
}

/** Every tree below this process. */
export function chamberTrees(): readonly ProcessTree[] {
  const all = everyProcess();
  const rootOf = new Map(all.filter(({ parent }) => parent === process.pid).map(({ pid }) => [pid, pid]));
  for (let before = -1; before !== rootOf.size; ) {
    before = rootOf.size;
    for (const { pid, parent } of all) {
      const root = rootOf.get(parent);
      if (root !== undefined && !rootOf.has(pid)) rootOf.set(pid, root);
    }
  }
  const trees = new Map<number, number[]>();
  for (const [pid, root] of rootOf) trees.set(root, [...(trees.get(root) ?? []), pid]);
  return [...trees].map(([root, pids]) => ({ root, pids }));
}

/** Where the program of a process lies; null when it has ended. */
export function programOf(pid: number): string | null {
  const file = link(`/proc/${pid}/exe`);
  return file === '' ? null : file;
}

/** To a process, or to the group of one by its negative; nothing to one that has ended. */
export function sendSignal(pid: number, name: NodeJS.Signals): void {
  gone(() => process.kill(pid, name), false);
}

/** The first that the kernel ends where memory is out, as its children are; a kernel that refuses it ends another. */
export function endFirst(pid: number): void {
  gone(() => writeFileSync(`/proc/${pid}/oom_score_adj`, '1000'), undefined);
}

/** Whether anything in the chamber listens at the port: far cheaper than who does. */
export function isListenedAt(port: number): boolean {
  return [...listeningSockets().values()].some((socket) => socket.port === port);
}

/** What listens on TCP, and which of the processes holds it. */
export function listenersOf(pids: readonly number[]): readonly Listener[] {
  const sockets = listeningSockets();
  if (sockets.size === 0) return [];
  return pids.flatMap((pid) =>
    list(`/proc/${pid}/fd`).flatMap((descriptor) => {
      const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${descriptor}`))?.[1];
      const socket = inode === undefined ? undefined : sockets.get(inode);
      return socket === undefined ? [] : [{ ...socket, pid }];
    }),
  );
}

const listening = '0A';

function listeningSockets(): ReadonlyMap<string, { readonly address: string; readonly port: number }> {
  const sockets = new Map<string, { address: string; port: number }>();
  for (const table of ['tcp', 'tcp6']) {
    for (const line of readGone(`/proc/self/net/${table}`).split('\n')) {
      const fields = line.trim().split(/\s+/);
      const [address = '', port = ''] = (fields[1] ?? '').split(':');
      if (fields[3] === listening && fields[9] !== undefined)
        sockets.set(fields[9], { address: readAddress(address), port: Number.parseInt(port, 16) });
    }
  }
  return sockets;
}

/** As the kernel prints it: words of four bytes in the machine's order. */
function readAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)),
  );
  if (bytes.length === 4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, at) =>
    (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16),
  );
  const text = words.join(':');
  if (text === '0:0:0:0:0:0:0:0') return '::';
  return text === '0:0:0:0:0:0:0:1' ? '::1' : text;
}

function argvOf(pid: number): readonly string[] {
  return readGone(`/proc/${pid}/cmdline`).split('\0').slice(0, -1);
}

/** Processes end while they are looked at: what is gone is empty. */
export function readGone(file: string): string {
  return gone(() => readFileSync(file, 'utf8'), '');
}

function list(folder: string): readonly string[] {
  return gone(() => readdirSync(folder), []);
}

function link(file: string): string {
  return gone(() => readlinkSync(file), '');
}

function gone<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return otherwise;
    throw error;
  }
}
