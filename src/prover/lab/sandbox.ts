/**
 * A process of the app between walls of bubblewrap: the machine's programs read-only, no home, its own `/tmp`, the code at `/app`
 * under a writable layer of its own.
 *
 * The app's variables reach bubblewrap through a pipe, not through its command line or environment: nothing that still has
 * rights goes by them, and no list of processes shows them.
 */
import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import type { UserId } from '../chamber/job.ts';
import type { RuntimeFolder } from '../subject.ts';
import type { Layer } from './scratch.ts';
import { straceFlags } from './trace.ts';

export interface Sandbox {
  readonly bwrap: string;
  /** Null: system calls are not recorded. */
  readonly strace: string | null;
  readonly user: UserId | null;
  readonly layer: Layer;
  /** Whether `/app` is. */
  readonly readOnly: boolean;
  readonly runtimes: readonly RuntimeFolder[];
  readonly variables: Readonly<Record<string, string>>;
  readonly command: string;
}

/** Processes and threads of one sandbox. */
const tasksLimit = 512;
/** Bytes that one process writes to in memory of its own: what it only reserves, as runtimes do, is free. */
const memoryLimit = 2 * 1024 * 1024 * 1024;
/** Bytes of one file. */
const fileLimit = 512 * 1024 * 1024;

/** File descriptor through which bubblewrap reads its arguments. */
export const argumentsDescriptor = 3;

/**
 * Processes inside end with their session's leader: a shell that waits. Where it was stopped, what the command leaves has the
 * rest of the grace, as on the platform: npm ends before the program that `npm start` has started.
 */
export const enter = `
left() {
  for process in /proc/[0-9]*; do
    case "\${process#/proc/}" in 1 | $$ | $PPID) ;; *) return 0 ;; esac
  done
  return 1
}
end() {
  code=$?
  while left; do sleep 0.02; done
  exit $code
}
trap end TERM INT HUP QUIT
eval "$1"`;

export function outerCommand(sandbox: Sandbox): [string, ...string[]] {
  const wall = [sandbox.bwrap, '--args', String(argumentsDescriptor), '--'];
  return ['setpriv', ...lesser(sandbox.user), '--', ...wall, ...inside(sandbox)];
}

/** What `setpriv` is told, so that nothing of the chamber's rights is left. */
export function lesser(user: UserId | null): readonly string[] {
  const identity =
    user === null
      ? ['--ambient-caps=-all', '--inh-caps=-all']
      : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--bounding-set=-all'];
  return [...identity, '--no-new-privs'];
}

function inside(sandbox: Sandbox): readonly string[] {
  const sizes = [`--data=${memoryLimit}`, `--fsize=${fileLimit}`, '--core=0'];
  const limits = ['prlimit', `--nproc=${tasksLimit}`, ...sizes, '--'];
  const shell = ['setsid', '/bin/sh', '-c', enter, 'app', sandbox.command];
  return [...tracer(sandbox), ...limits, ...shell];
}

/** As bubblewrap reads them. */
export function innerArguments(sandbox: Sandbox): string {
  const { layer } = sandbox;
  return asBubblewrapReads([
    ...walls,
    ...machine(),
    ...sandbox.runtimes.flatMap(runtimeBind),
    ...devices(layer.shared),
    ...['--bind', layer.temporary, '/tmp'],
    ...['--bind', layer.lasting, '/var/tmp'],
    ...(sandbox.strace === null ? [] : ['--bind', layer.traceFolder, '/run/trace']),
    ...[sandbox.readOnly ? '--ro-bind' : '--bind', layer.merged, '/app'],
    ...closed,
    ...['--chdir', '/app'],
    ...variables(sandbox.variables),
  ]);
}

interface ServerWalls {
  readonly reads: readonly string[];
  readonly writes: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Of a server of the lab's own: its programs and its data, by their own names. */
export function serverArguments({ reads, writes, env }: ServerWalls): readonly string[] {
  return [
    ...walls,
    ...machine(),
    ...devices(null),
    ...reads.flatMap((folder) => ['--ro-bind', folder, folder]),
    ...['--bind', writes, writes],
    ...closed,
    ...variables(env),
  ];
}

const walls = [
  ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--hostname', 'check'],
  ...['--die-with-parent', '--clearenv'],
];

/** What bubblewrap itself mounts is memory without a limit: nobody writes there. */
const closed = ['--remount-ro', '/dev', '--remount-ro', '/'];

/** @param shared what is at `/dev/shm`; null: memory of the machine */
function devices(shared: string | null): readonly string[] {
  const memory = shared === null ? ['--tmpfs', '/dev/shm'] : ['--bind', shared, '/dev/shm'];
  return ['--proc', '/proc', '--dev', '/dev', ...memory];
}

function variables(values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => ['--setenv', name, value]);
}

/** Each ends with a NUL. */
export function asBubblewrapReads(words: readonly string[]): string {
  for (const word of words)
    if (word.includes('\0')) throw new TypeError('An argument of a sandbox holds a NUL');
  return words.map((word) => `${word}\0`).join('');
}

function tracer({ strace }: Sandbox): readonly string[] {
  return strace === null ? [] : [strace, ...straceFlags, '-o', '/run/trace/calls', '--'];
}

/** Where a machine keeps programs, and what its libraries look up. */
function machine(): readonly string[] {
  const tops = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap((top) => {
    const stat = lstatSync(top, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    return stat.isSymbolicLink() ? ['--symlink', readlinkSync(top), top] : ['--ro-bind', top, top];
  });
  const settings = [
    'alternatives',
    'ca-certificates',
    'group',
    'hosts',
    'ld.so.cache',
    'localtime',
    'mime.types',
    'nsswitch.conf',
    'passwd',
    'protocols',
    'services',
    'ssl/certs',
    'ssl/openssl.cnf',
  ].flatMap((name) => {
    const file = path.join('/etc', name);
    return existsSync(file) ? ['--ro-bind', file, file] : [];
  });
  return ['--ro-bind', '/usr', '/usr', ...tops, '--dir', '/etc', ...settings];
}

function runtimeBind({ name, folder }: RuntimeFolder): readonly string[] {
  const inside = path.join('/opt', name);
  return ['--ro-bind', path.join(folder, inside), inside];
}
