/**
 * The folder of one run: what was asked (`run.json`, on disk before anything starts), and what the scripts of the sandbox
 * write into it. A later engine learns everything about the run from here.
 *
 * ```
 * runs/<instance>/   run.json   the order                  upper   what the process writes, thrown away
 *                    output     the FIFO                   root    where its sandbox is mounted, for itself only
 *                    seg.*      output not yet stored      setup.log   complaints of the set-up
 *                    hosts      its /etc/hosts, where it has names under localhost
 *                    pump       pid of the pump            hold    the FIFO process 1 waits on for what the app left
 * status/<instance>.claim   identity of process 1 of the sandbox, made with O_EXCL
 * status/<instance>.exit    one line when it is over
 * ```
 * The status files of all runs share a folder, so that one watch tells of every end.
 */
import { type Dirent, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import type { Exit } from '../../factors/06-processes/process.ts';
import { defaultDiskLimit } from '../../factors/06-processes/writable-layer.ts';
import type { Readiness } from '../../factors/07-port-binding/readiness.ts';
import type { StopPolicy } from '../../factors/09-disposability/stop-policy.ts';
import type { Owner, ProcessSpec } from '../engine.ts';
import { type ProcessIdentity, parseStat } from './proc.ts';
import type { Attached } from './sandbox/sandbox.ts';

/** What was asked for. */
export interface Run {
  readonly format: 1;
  readonly instance: string;
  readonly owner: Owner;
  /** E.g. `web.1`. */
  readonly process: string;
  readonly release: number | null;
  readonly generation: number;
  /** Digest of the spec: two runs with one key are interchangeable. */
  readonly key: string;
  readonly spec: ProcessSpec;
  readonly readiness: Readiness | null;
  readonly stop: StopPolicy;
  readonly port: number | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** A one-off is not started again. */
  readonly oneOff: RunOnce | null;
  readonly bootId: string;
}

/** Runs that an earlier build began have the first member only: without input, and not detached. */
export interface RunOnce {
  /** It is stopped after this long; null: no limit. */
  readonly timeoutMs: number | null;
  readonly input?: 'none' | Attached['kind'];
  readonly detached?: boolean;
}

/** Whether what it writes goes to whoever attached, and not to the log. */
export function isAttached({ oneOff }: Pick<Run, 'oneOff'>): boolean {
  return (oneOff?.input ?? 'none') !== 'none';
}

export type Claim =
  | { readonly kind: 'none' }
  /** Being written this very moment. */
  | { readonly kind: 'partial' }
  /** Given up before it began. */
  | { readonly kind: 'void' }
  /** `started`: the set-up is over, process 1 has the app as its child. */
  | { readonly kind: 'held'; readonly init: ProcessIdentity; readonly started: boolean };

const voided = 'void\n';

/** Writes `run.json` durably: when it returns, a crash at any later moment leaves a trace of the run. */
export async function writeRun(folder: string, run: Run): Promise<void> {
  await writeDurably(path.join(folder, 'run.json'), JSON.stringify(run));
}

export function readRun(folder: string): Run | null {
  const file = path.join(folder, 'run.json');
  if (!existsSync(file)) return null;
  const run = JSON.parse(readFileSync(file, 'utf8')) as Run;
  return run.format === 1 ? { ...run, spec: completed(run.spec) } : null;
}

/** Specs that an earlier build wrote have no limit of cores and none of what is written. */
export function completed(spec: ProcessSpec): ProcessSpec {
  return { ...spec, cpu: spec.cpu ?? null, diskLimit: spec.diskLimit ?? defaultDiskLimit };
}

export function readClaim(status: string): Claim {
  const file = `${status}.claim`;
  if (!existsSync(file)) return { kind: 'none' };
  const text = readFileSync(file, 'utf8');
  if (text === voided) return { kind: 'void' };
  const lines = text.split('\n');
  const init = lines.length > 1 ? parseStat(lines[0] ?? '') : null;
  return init === null ? { kind: 'partial' } : { kind: 'held', init, started: lines[1] === 'started' };
}

/** Gives a start up that nobody has claimed yet: whoever comes late finds the claim taken. */
export function voidClaim(status: string): void {
  try {
    writeFileSync(`${status}.claim`, voided, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** How it ended, `left` processes of its own behind; `leaving`: they go on, and process 1 waits to be ended with them. */
export interface Ending {
  readonly exit: Exit;
  readonly left: number;
  readonly leaving: boolean;
}

export function readEnding(status: string): Ending | null {
  const file = `${status}.exit`;
  if (!existsSync(file)) return null;
  const [, verb, first = '', second] =
    /^(exited|leaving|failed) (\S+)(?: (\d+))?\n$/.exec(readFileSync(file, 'utf8')) ?? [];
  if (verb === undefined) return null;
  const left = Number(second ?? 0);
  return {
    exit: verb === 'failed' ? failedAt(first) : exitOf(Number(first)),
    left,
    leaving: verb === 'leaving',
  };
}

/** When the ending was written, in milliseconds since the epoch; null when there is none. */
export function endedAt(status: string): number | null {
  const file = statSync(`${status}.exit`, { throwIfNoEntry: false });
  return file === undefined || file.size === 0 ? null : Math.round(file.mtimeMs);
}

function failedAt(stage: string): Exit {
  return { kind: 'not-started', why: `the sandbox stopped at "${stage}"` };
}

function exitOf(status: number): Exit {
  return status > 128 && status < 160
    ? { kind: 'signal', signal: status - 128 }
    : { kind: 'code', code: status };
}

export async function writeDurably(file: string, text: string): Promise<void> {
  const fresh = `${file}.fresh`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
  const parent = await open(path.dirname(file), 'r');
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
}

/** Removes a tree, also one with folders closed to their owner, as an overlay makes its work folder. */
export async function removeTree(folder: string, top = folder): Promise<void> {
  for (const entry of await entriesOf(folder)) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) await removeTree(await withinReach(place, top), top);
    else await rm(place, { force: true });
  }
  await rmdir(folder).catch(ignoreGone);
}

/** A process can go deeper than a path can say (4096 bytes): what comes near is moved up. */
const longestPath = 2_000;

async function withinReach(folder: string, top: string): Promise<string> {
  if (Buffer.byteLength(folder) < longestPath) return folder;
  const near = await mkdtemp(path.join(top, 'deep-'));
  await rename(folder, near);
  return near;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
  }
  await chmod(folder, 0o700);
  return readdir(folder, { withFileTypes: true });
}

function ignoreGone(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
