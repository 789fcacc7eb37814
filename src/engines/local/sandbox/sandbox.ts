/**
 * A sandbox: one command between walls, on util-linux alone (docs/decisions/002).
 *
 * ```
 * launch.sh ─► unshare ─► init.sh (pid 1 of its namespace) ─► setsid setpriv … ─► the command
 *     └─► split (pump, outside) ─► seg.000000000, seg.000000001, …
 * ```
 *
 * Walls: own pid, ipc, uts and mount namespaces (and net when `network` is `none`); as root an own host user id, as an
 * ordinary user an own user namespace without any privilege over the mounts; layers below a private writable one; the
 * machine's `/usr` read-only; only the variables given.
 *
 * Everything about a run lies in its `folder`, so that whoever comes later can read how it went: see init.sh.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import path from 'node:path';
import { userError } from '../../../base/error.ts';
import { type Bind, fstabOf } from './fstab.ts';
import type { Pipes } from './pipes.ts';
import { isInSkeleton, type Person } from './skeleton.ts';

export interface Sandbox {
  /** Of this run alone, made by the caller, closed to others (0700). */
  readonly folder: string;
  /** Path and beginning of the names of the two files that tell how it goes: `.claim` and `.exit`, see init.sh. */
  readonly status: string;
  /** `host`: the process has this user id on the machine (needs root). `self`: it has the caller's. */
  readonly identity: Person & { readonly kind: 'host' | 'self' };
  /** Host folders seen at `/`, top-most first, the skeleton last. */
  readonly lowers: readonly string[];
  /** Host folder that receives what the process writes; made when missing. Its `work` sibling is the overlay's own. */
  readonly upper: string;
  readonly binds: readonly Bind[];
  readonly network: 'host' | 'none';
  readonly hostname: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A line for the app's shell, or a program with its arguments. */
  readonly command: { readonly shell: string } | { readonly argv: readonly string[] };
  /** Absolute path inside. */
  readonly directory: string;
  /** Folders of cgroups the process belongs to. */
  readonly cgroups: readonly string[];
  /** Processes and threads it may have where no cgroup counts them. */
  readonly tasks: number;
  /** Whether process 1 waits with the end for what the main process leaves behind: see init.sh. */
  readonly holds: boolean;
  /** Whether all of it ends when the thread that launched it does; it lives on when left out. */
  readonly leashed?: boolean;
  /** To which a single file may grow; null: no limit. */
  readonly fileBytes: number | null;
  /** 0 to 19: how much it gives way to others. */
  readonly niceness: number;
  /** What somebody reads and writes while it runs; null: nothing to read, and what it writes goes to the pump. */
  readonly attached: Attached | null;
}

/** `pipe`: FOLDER/output is made, and read, by whoever attached. `terminal`: input and output are the same device. */
export interface Attached {
  readonly kind: 'pipe' | 'terminal';
  /** Descriptor of what it reads. */
  readonly stdin: number;
  /** Of a terminal: its path on the machine. Seen inside as /dev/console. */
  readonly device: string | null;
}

const scripts = import.meta.dirname;

/** Programs the set-up runs, found here and nowhere else. */
const setupPath = '/usr/bin:/usr/sbin:/bin:/sbin';

/** Writes what the scripts will read. After it, `launch` is one spawn. Synchronous: a hop to a thread for each would cost more. */
export function prepare(sandbox: Sandbox, pipes: Pipes): void {
  const { folder, upper, binds } = sandbox;
  const [root, targets, work] = [path.join(folder, 'root'), path.join(folder, 'targets'), `${upper}.work`];
  for (const made of [root, upper, targets, work]) mkdirSync(made, { recursive: true });
  if (sandbox.attached === null) pipes.take(path.join(folder, 'output'));
  if (sandbox.holds) pipes.take(path.join(folder, 'hold'));
  chmodSync(upper, 0o755);
  for (const bind of binds) if (!isInSkeleton(bind.target)) makeTarget(targets, bind);
  const lowers = [...sandbox.lowers, targets];
  const mounts = {
    root,
    lowers,
    upper,
    work,
    userXattr: sandbox.identity.kind === 'self',
    binds,
    terminal: sandbox.attached?.device ?? null,
  };
  writeFileSync(path.join(folder, 'fstab'), fstabOf(mounts, readFileSync('/proc/self/mountinfo', 'utf8')));
  if (sandbox.cgroups.length > 0)
    writeFileSync(path.join(folder, 'cgroups'), `${sandbox.cgroups.join('\n')}\n`);
}

/** Starts it, in a session of its own: it lives on when the caller dies, unless it is leashed. */
export function launch(sandbox: Sandbox): ChildProcess {
  const { folder, identity, niceness } = sandbox;
  const namespaces = [
    ...(identity.kind === 'self' ? ['--user', '--map-root-user'] : []),
    ...['--mount', '--pid', '--fork', '--ipc', '--uts'],
    ...(sandbox.network === 'none' ? ['--net'] : []),
    ...(sandbox.leashed === true ? ['--kill-child=KILL'] : []),
  ];
  const init = [
    sandbox.status,
    identity.kind,
    String(identity.uid),
    String(identity.gid),
    sandbox.hostname,
    sandbox.directory,
  ];
  const command =
    'shell' in sandbox.command ? ['line', sandbox.command.shell] : ['argv', ...sandbox.command.argv];
  const launcher = [
    path.join(scripts, 'launch.sh'),
    folder,
    namespaces.join(' '),
    path.join(scripts, 'init.sh'),
  ];
  const nice = niceness === 0 ? [] : ['nice', '-n', String(niceness)];
  const leash = sandbox.leashed === true ? ['setpriv', '--pdeathsig', 'KILL'] : [];
  const [program, ...args] = [...leash, ...nice, '/bin/sh', ...launcher, ...init, ...command];
  const complaints = openSync(path.join(folder, 'setup.log'), 'a', 0o600);
  try {
    return spawn(program ?? '/bin/sh', args, {
      cwd: '/',
      detached: true,
      env: {
        PATH: setupPath,
        ...inputOf(sandbox),
        ...taskLimit(sandbox),
        ...fileLimit(sandbox),
        ...carried(sandbox.environment),
      },
      stdio: [sandbox.attached?.stdin ?? 'ignore', complaints, complaints],
    });
  } finally {
    closeSync(complaints);
  }
}

function inputOf({ attached }: Sandbox): Record<string, string> {
  return attached === null ? {} : { DOZEN_INPUT: attached.kind };
}

/** A limit of its own user namespace: elsewhere it would count all processes of the user on the machine. */
function taskLimit({ identity, cgroups, tasks }: Sandbox): Record<string, string> {
  if (cgroups.length > 0 || identity.kind === 'host' || !countsTasksByNamespace(release())) return {};
  return { DOZEN_TASKS: String(tasks) };
}

/** In the shell's units. */
function fileLimit({ fileBytes }: Sandbox): Record<string, string> {
  return fileBytes === null ? {} : { DOZEN_FILE_BLOCKS: String(Math.ceil(fileBytes / 512)) };
}

/** Linux does since 5.14. */
export function countsTasksByNamespace(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 14);
}

/** Variables under names that mean nothing to the programs which run before the app's own: see init.sh. */
function carried(environment: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.keys(environment);
  for (const name of names) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name.startsWith('DOZEN_')) {
      throw userError(
        'CONFIG_NAME_INVALID',
        `Cannot start a process with ${JSON.stringify(name)}: not a variable name`,
        {
          hint: 'Use letters, digits and "_", not starting with a digit or "DOZEN_", at most 255 characters',
        },
      );
    }
  }
  const values = Object.entries(environment).map(([name, value]) => [`DOZEN_ENV_${name}`, value]);
  return { DOZEN_ENV: names.join(' '), ...Object.fromEntries(values) };
}

/** Something to mount on, in a layer below all others: what is written by the process stays clean of it. */
function makeTarget(targets: string, { source, target }: Bind): void {
  const place = path.join(targets, target);
  if (statSync(source).isDirectory()) {
    mkdirSync(place, { recursive: true });
  } else {
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, '');
  }
}
