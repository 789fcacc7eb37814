/** System calls that strace saw, as events of one kind each, in the order in which they returned. */
import path from 'node:path';

export type TraceEvent =
  | {
      readonly kind: 'exec';
      readonly atMs: number;
      readonly pid: number;
      readonly program: string;
      readonly argv: readonly string[];
    }
  /** `ok`: whether it could be opened; `writes`: whether to be written to; `reads`: set where that is to be read as well. */
  | {
      readonly kind: 'open';
      readonly atMs: number;
      readonly pid: number;
      readonly path: string;
      readonly writes: boolean;
      readonly reads?: true;
      readonly ok: boolean;
    }
  /** A folder was made, or refused for want of a right to write; `ok`: whether it was made. */
  | {
      readonly kind: 'folder';
      readonly atMs: number;
      readonly pid: number;
      readonly path: string;
      readonly ok: boolean;
    }
  /** A name was taken away, by removing or renaming; `to`: its new name, when it was renamed. */
  | {
      readonly kind: 'unlink';
      readonly atMs: number;
      readonly pid: number;
      readonly path: string;
      readonly to?: string;
    }
  /** `address` of a unix socket is its path, and its port 0. */
  | {
      readonly kind: 'connect';
      readonly atMs: number;
      readonly pid: number;
      readonly address: string;
      readonly port: number;
    }
  | {
      readonly kind: 'bind';
      readonly atMs: number;
      readonly pid: number;
      readonly address: string;
      readonly port: number;
    }
  /** It made a session of its own: the first step of a daemon. */
  | { readonly kind: 'session'; readonly atMs: number; readonly pid: number };

export type Trace = readonly TraceEvent[];

/** What strace is asked to record. Its `--seccomp-bpf` stops a process at these calls and at no other. */
export const straceFlags: readonly string[] = [
  '-f',
  '-qq',
  '-y',
  '-ttt',
  '--seccomp-bpf',
  '-s',
  '1024',
  '-e',
  'trace=execve,open,openat,creat,mkdir,mkdirat,unlink,unlinkat,rename,renameat,renameat2,connect,bind,setsid',
  '-e',
  'signal=none',
];

/** @param beganAt milliseconds since the epoch, from which events count */
export function parseTrace(text: string, beganAt: number): Trace {
  const unfinished = new Map<string, string>();
  const events: TraceEvent[] = [];
  for (const line of text.split('\n')) {
    const match = /^(\d+)\s+(\d+\.\d+) (.*)$/s.exec(line);
    if (match === null) continue;
    const [, pid = '', seconds, rest = ''] = match;
    const cut = /^(.*) <unfinished \.\.\.>$/s.exec(rest);
    if (cut !== null) {
      unfinished.set(pid, cut[1] ?? '');
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/s.exec(rest);
    const call = resumed === null ? rest : `${unfinished.get(pid) ?? ''}${resumed[1] ?? ''}`;
    if (resumed !== null) unfinished.delete(pid);
    const event = eventOf(call, { pid: Number(pid), atMs: Math.round(Number(seconds) * 1000 - beganAt) });
    if (event !== null) events.push(event);
  }
  return events;
}

interface When {
  readonly pid: number;
  readonly atMs: number;
}

function eventOf(call: string, when: When): TraceEvent | null {
  const match = /^(\w+)\((.*)\)\s+= (-?\d+|\?)(.*)$/s.exec(call);
  if (match === null) return null;
  const [, name = '', given = '', result = '', more = ''] = match;
  const ok = /^\d+$/.test(result);
  switch (name) {
    case 'execve':
      return ok ? execOf(given, when) : null;
    case 'open':
    case 'openat':
    case 'creat':
      return openOf(given, { ok, when, more, creates: name === 'creat' });
    case 'mkdir':
    case 'mkdirat':
      return ok || isRefusal.test(more) ? { kind: 'folder', ...when, path: placeOf(given), ok } : null;
    case 'unlink':
    case 'unlinkat':
      return ok ? { kind: 'unlink', ...when, path: placeOf(given) } : null;
    case 'rename':
    case 'renameat':
    case 'renameat2':
      return ok ? { kind: 'unlink', ...when, path: placeOf(given), to: placeOf(secondName(given)) } : null;
    case 'connect':
    case 'bind':
      return addressOf(name, { given, when });
    case 'setsid':
      return ok ? { kind: 'session', ...when } : null;
    default:
      return null;
  }
}

/** That it is there already, or that the one above it is not, is none. */
const isRefusal = /^ E(?:ROFS|ACCES|PERM)\b/;

function execOf(given: string, when: When): TraceEvent {
  const list = /^"(?:[^"\\]|\\.)*", \[(.*)\]/s.exec(given)?.[1] ?? '';
  return { kind: 'exec', ...when, program: stringsIn(given)[0] ?? '', argv: stringsIn(list) };
}

interface Opening {
  readonly ok: boolean;
  readonly when: When;
  /** What follows the result: with `-y` the path that was opened. */
  readonly more: string;
  readonly creates: boolean;
}

function openOf(given: string, { ok, when, more, creates }: Opening): TraceEvent {
  const opened = ok ? /^<(.*)>/s.exec(more)?.[1] : undefined;
  const flags = given.replace(/"(?:[^"\\]|\\.)*"/s, '');
  const writes = creates || /O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)/.test(flags);
  const both = /O_RDWR/.test(flags) ? ({ reads: true } as const) : {};
  return { kind: 'open', ...when, path: unescaped(opened ?? placeOf(given)), writes, ...both, ok };
}

/** The first name, by the folder that it is relative to where strace tells it. */
function placeOf(given: string): string {
  const folder = /^(?:AT_FDCWD|\d+)<([^>]*)>, /s.exec(given)?.[1] ?? '/app';
  return path.posix.resolve(folder, stringsIn(given)[0] ?? '');
}

/** What is given from the second name on, with the folder that it is relative to. */
function secondName(given: string): string {
  return given.replace(/^(?:(?:AT_FDCWD|\d+)<[^>]*>, )?"(?:[^"\\]|\\.)*", /s, '');
}

function addressOf(
  kind: 'connect' | 'bind',
  { given, when }: { readonly given: string; readonly when: When },
): TraceEvent | null {
  const port = Number(/sin6?_port=htons\((\d+)\)/.exec(given)?.[1] ?? 0);
  const address =
    /inet_addr\("([^"]*)"\)/.exec(given)?.[1] ??
    /inet_pton\(AF_INET6, "([^"]*)"/.exec(given)?.[1] ??
    /sun_path=@?"((?:[^"\\]|\\.)*)"/.exec(given)?.[1];
  return address === undefined ? null : { kind, ...when, address, port };
}

function stringsIn(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, inner = '']) => unescaped(inner));
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', v: '\v', f: '\f' };

function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{1,3}|.)/gs, (_all, code: string) =>
    /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code),
  );
}
