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
import { straceFlags } from './trace.ts';

export interface Sandbox {
  readonly bwrap: string;
  /** Null: system calls are not recorded. */
  readonly strace: string | null;
  readonly user: UserId | null;
  /** What is at `/app`. */
  readonly code: string;
  readonly readOnly: boolean;
  /** What is at `/tmp`. */
  readonly temporary: string;
  /** What is at `/run/trace`, with the file `calls` in it. */
  readonly traceFolder: string;
  readonly runtimes: readonly RuntimeFolder[];
  readonly variables: Readonly<Record<string, string>>;
  readonly command: string;
}

/** Processes and threads of one sandbox. */
const tasksLimit = 1024;
/** Bytes of one file. */
const fileLimit = 512 * 1024 * 1024;

/** File descriptor through which bubblewrap reads its arguments. */
export const argumentsDescriptor = 3;

/** Processes inside end with their session's leader: a shell that waits, so that what it runs keeps its grace. */
const enter = 'trap "exit \\$?" TERM INT HUP QUIT; eval "$1"';

/** Whether it is the shell that runs the command, and lives as long as that does. */
export function isEntry(argv: readonly string[]): boolean {
  return argv[1] === '-c' && argv[2] === enter;
}

export function outerCommand(sandbox: Sandbox): [string, ...string[]] {
  const { bwrap, user } = sandbox;
  const lesser =
    user === null
      ? ['--ambient-caps=-all', '--inh-caps=-all']
      : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--bounding-set=-all'];
  const wall = [bwrap, '--args', String(argumentsDescriptor), '--'];
  return ['setpriv', ...lesser, '--no-new-privs', '--', ...wall, ...inside(sandbox)];
}

function inside(sandbox: Sandbox): readonly string[] {
  const limits = ['prlimit', `--nproc=${tasksLimit}`, `--fsize=${fileLimit}`, '--core=0', '--'];
  const shell = ['setsid', '/bin/sh', '-c', enter, 'app', sandbox.command];
  return [...tracer(sandbox), ...limits, ...shell];
}

/** As bubblewrap reads them: each ends with a NUL. */
export function innerArguments(sandbox: Sandbox): string {
  const words = [
    '--unshare-user',
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--hostname',
    'check',
    '--die-with-parent',
    '--clearenv',
    ...machine(),
    ...sandbox.runtimes.flatMap(runtimeBind),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--bind',
    sandbox.temporary,
    '/tmp',
    '--bind',
    sandbox.traceFolder,
    '/run/trace',
    sandbox.readOnly ? '--ro-bind' : '--bind',
    sandbox.code,
    '/app',
    '--chdir',
    '/app',
    ...Object.entries(sandbox.variables).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
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
    'ssl',
  ].flatMap((name) => {
    const file = path.join('/etc', name);
    return existsSync(file) ? ['--ro-bind', file, file] : [];
  });
  return ['--ro-bind', '/usr', '/usr', ...tops, '--dir', '/etc', ...settings, '--dir', '/var/tmp'];
}

function runtimeBind({ name, folder }: RuntimeFolder): readonly string[] {
  const inside = path.join('/opt', name);
  return ['--ro-bind', path.join(folder, inside), inside];
}
