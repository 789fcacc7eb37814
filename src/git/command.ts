/** Git and tar as child processes: argument arrays, an environment of our own, everything they said kept. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { statfsSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type DozenError, platformError, userError } from '../base/error.ts';
import type { UserId } from './codebase.ts';

export interface CommandOptions {
  readonly cwd: string;
  /** Who runs it; the caller when null. */
  readonly user: UserId | null;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Buffer;
  readonly signal?: AbortSignal | undefined;
}

export interface Outcome {
  /** 128 and more when a signal ended it. */
  readonly code: number;
  readonly output: Buffer;
  readonly complaint: string;
}

/** Settings that keep a repository's own configuration from running anything or changing a byte. */
const gitSettings: readonly string[] = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.autocrlf=false',
  'core.looseCompression=0',
  'core.fsync=none',
  'core.quotePath=false',
  'i18n.logOutputEncoding=UTF-8',
  'log.showSignature=false',
  'protocol.allow=never',
  'tar.umask=0022',
];

const complaintLimit = 64 * 1024;

/** Runs Git to its end. */
export async function git(args: readonly string[], options: CommandOptions): Promise<Outcome> {
  const child = startGit(args, options);
  if (options.input !== undefined) child.stdin?.end(options.input);
  return collect(child);
}

/** Runs Git for so long at most; null: it had not ended. */
export async function gitWithin(
  limitMs: number,
  args: readonly string[],
  options: CommandOptions,
): Promise<Outcome | null> {
  const limit = AbortSignal.timeout(limitMs);
  const { signal } = options;
  try {
    const both = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    return await git(args, { ...options, signal: both });
  } catch (error) {
    if (limit.aborted && signal?.aborted !== true) return null;
    throw error;
  }
}

/** How long Git may take to look at all files of a folder: a million take about half of it from a slow disk. */
export const lookLimitMs = 60_000;

/** Runs Git on what `feed` yields; what the feed throws is thrown. */
export async function gitFed(
  args: readonly string[],
  { feed, ...options }: CommandOptions & { readonly feed: AsyncIterable<Buffer | string> },
): Promise<Outcome> {
  const child = startGit(args, { ...options, input: Buffer.alloc(0) });
  const stdin = child.stdin as Writable;
  const feeding = pipeline(feed, stdin).then(
    () => null,
    (error: NodeJS.ErrnoException) => error,
  );
  const outcome = await collect(child);
  const failure = await feeding;
  // Git that leaves early closes its end; what it said tells more.
  if (failure === null || (outcome.code !== 0 && pipeCodes.has(failure.code ?? ''))) return outcome;
  throw failure;
}

const pipeCodes = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE']);

/** `git … | tar -x`, as two processes. */
export async function gitIntoTar(
  args: readonly string[],
  options: CommandOptions & { readonly into: string; readonly owner: UserId | null },
): Promise<Outcome> {
  const tar = start(
    'tar',
    ['--extract', '--file=-', '--touch', '--same-permissions', '--no-same-owner'],
    { ...options, cwd: options.into, user: options.owner },
    ['pipe', 'ignore', 'pipe'],
  );
  const archive = startGit(args, options);
  if (tar.stdin !== null) archive.stdout?.pipe(tar.stdin);
  // Tar leaves at the end of the archive, before its padding, or when it fails: Git must not wait for a reader.
  tar.stdin?.once('close', () => archive.stdout?.resume());
  const [read, written] = await Promise.all([collect(archive, { keep: false }), collect(tar)]);
  return written.code === 0 ? read : written;
}

export function complaintOf(outcome: Outcome): string {
  const lines = outcome.complaint.trim().split('\n').slice(-3).join('; ');
  return lines === '' ? `exit code ${outcome.code}` : lines;
}

/** Why writing into a folder failed: a full disk has its own code. */
export function writeFailure(into: string, outcome: Outcome): DozenError {
  const { bavail, bsize, ffree } = statfsSync(into);
  if (bavail * bsize < 1024 * 1024 || ffree === 0) {
    return userError(
      'DISK_FULL',
      `Cannot extract the source into ${JSON.stringify(into)}: the disk is full`,
      {
        hint: `Free space on the disk of ${JSON.stringify(into)} and try again`,
      },
    );
  }
  return userError('SOURCE_UNREADABLE', `Cannot extract the source: ${complaintOf(outcome)}`, {
    hint: 'Check the repository with "git fsck"',
  });
}

function startGit(args: readonly string[], options: CommandOptions): ChildProcess {
  const settings = options.user === null ? gitSettings : [...gitSettings, 'safe.directory=*'];
  const all = ['--no-pager', ...settings.flatMap((setting) => ['-c', setting]), ...args];
  const stdin = options.input === undefined ? 'ignore' : 'pipe';
  return start('git', all, options, [stdin, 'pipe', 'pipe']);
}

function start(
  program: string,
  args: readonly string[],
  options: CommandOptions,
  stdio: StdioOptions,
): ChildProcess {
  const { cwd, user, signal } = options;
  return spawn(program, args, {
    cwd,
    env: { ...environment(user), ...options.env },
    stdio,
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The caller's own home is theirs to configure Git in; another user's processes get none. */
function environment(user: UserId | null): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: user === null ? (process.env.HOME ?? '/nonexistent') : '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
  };
}

export async function collect(child: ChildProcess, { keep = true } = {}): Promise<Outcome> {
  const output: Buffer[] = [];
  let complaint = '';
  if (keep) child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => {
    if (complaint.length < complaintLimit) complaint += chunk.toString();
  });
  // A child that ends early breaks the pipe; its exit code tells more than the write's failure.
  child.stdin?.on('error', () => undefined);
  const code = await ended(child);
  return { code, output: Buffer.concat(output), complaint };
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(startFailure(child.spawnfile, cause)));
    child.once('close', (code) => resolve(code ?? 128));
  });
}

function startFailure(program: string, cause: NodeJS.ErrnoException): Error {
  if (cause.name === 'AbortError') return cause;
  if (cause.code !== 'ENOENT') {
    return platformError('TOOL_FAILED', `Cannot start ${program}: ${cause.message}`, { cause });
  }
  return userError('TOOL_MISSING', `Cannot start ${program}: it is not installed`, {
    hint: `Install it, on Debian with "apt-get install ${program}"`,
    cause,
  });
}
