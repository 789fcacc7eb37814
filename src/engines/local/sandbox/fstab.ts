/**
 * The mounts of a sandbox as an fstab: one `mount -a` makes them all, where a `mount` each would cost a start more
 * than the 15 ms that isolation may add.
 *
 * ```
 * /            overlay: upper (private, thrown away) over app, dependencies, runtimes, identity, skeleton
 * /usr         the machine's, read-only (and /lib, /bin … where they are folders of their own)
 * /proc        of the sandbox's pid namespace
 * /dev/…       six devices of the machine, an own devpts, an own /dev/shm, its terminal as /dev/console
 * /etc/hosts, /etc/resolv.conf   the machine's; hosts with names under localhost where its variables have some
 * volumes      folders that outlive the process
 * ```
 */
import { platformError } from '../../../base/error.ts';

export interface Mounts {
  /** Where the overlay is mounted and what it is made of; absolute host paths, lowers top-most first. */
  readonly root: string;
  readonly lowers: readonly string[];
  readonly upper: string;
  readonly work: string;
  /** Ordinary users' overlays keep their marks in `user.*` attributes. */
  readonly userXattr: boolean;
  readonly binds: readonly Bind[];
  /** Device of its terminal on the host; null: it has none. */
  readonly terminal: string | null;
}

export interface Bind {
  /** Absolute path on the host. */
  readonly source: string;
  /** Absolute path inside. */
  readonly target: string;
  readonly writable: boolean;
}

const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/** `mountinfo` is the text of /proc/self/mountinfo: a read-only bind must keep the flags its source is locked to. */
export function fstabOf(mounts: Mounts, mountinfo: string): string {
  const at = (target: string): string => mounts.root + target;
  const flags = new MountFlags(mountinfo);
  const overlay = [
    `lowerdir=${mounts.lowers.map(overlayPath).join(':')}`,
    `upperdir=${overlayPath(mounts.upper)}`,
    `workdir=${overlayPath(mounts.work)}`,
    ...(mounts.userXattr ? ['userxattr'] : []),
  ].join(',');
  const lines = [
    ['overlay', mounts.root, 'overlay', overlay],
    ['proc', at('/proc'), 'proc', 'nosuid,nodev,noexec'],
    ...devices.map((name) => [`/dev/${name}`, at(`/dev/${name}`), 'none', 'bind']),
    ...(mounts.terminal === null ? [] : [[mounts.terminal, at('/dev/console'), 'none', 'bind']]),
    ['devpts', at('/dev/pts'), 'devpts', 'newinstance,ptmxmode=0666,mode=620,nosuid,noexec'],
    ['tmpfs', at('/dev/shm'), 'tmpfs', 'mode=1777,nosuid,nodev,size=50%'],
    ...mounts.binds.map((bind) => [
      bind.source,
      at(bind.target),
      'none',
      ['bind', ...(bind.writable ? [] : ['ro']), 'nosuid', 'nodev', ...flags.locked(bind.source)].join(','),
    ]),
  ];
  return `${lines.map((fields) => `${fields.map(fstabField).join(' ')} 0 0`).join('\n')}\n`;
}

function fstabField(text: string): string {
  return text.replaceAll(
    /[\\\s]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

/** Overlay options know `:` and `,` as separators and cannot carry all paths; such a home is refused. */
function overlayPath(path: string): string {
  if (/^[^:,\\"\n]+$/.test(path)) return path;
  throw platformError(
    'SANDBOX_PATH_UNUSABLE',
    `Cannot mount ${JSON.stringify(path)}: it has one of : , \\ " or a line break`,
    {
      hint: 'Set DOZEN_HOME to a path without them',
    },
  );
}

class MountFlags {
  readonly #mounts: readonly { readonly point: string; readonly options: readonly string[] }[];

  constructor(mountinfo: string) {
    this.#mounts = mountinfo
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' '))
      .map((fields) => ({ point: decodeOctal(fields[4] ?? '/'), options: (fields[5] ?? '').split(',') }));
  }

  /** The flags of the mount that holds `path` which an ordinary user may not take away. */
  locked(path: string): string[] {
    const holders = this.#mounts.filter(
      ({ point }) => point === '/' || path === point || path.startsWith(`${point}/`),
    );
    const deepest = holders.reduce<readonly string[]>(
      (best, { point, options }) => (point.length >= (best[0]?.length ?? 0) ? [point, ...options] : best),
      [],
    );
    return deepest
      .slice(1)
      .filter((option) => ['noexec', 'noatime', 'nodiratime', 'relatime'].includes(option));
  }
}

function decodeOctal(field: string): string {
  return field.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
