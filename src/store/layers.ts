/**
 * Layers unpacked, as lower folders for isolations.
 *
 * ```
 * FOLDER/UID/DIGEST/      complete: made beside its place and renamed, once it was on disk
 * FOLDER/UID/tmp-…        being made; what a killed maker left goes with `sweep`
 * FOLDER/UID/aside-DIGEST being collected; a collector that was killed may have been wrong: `sweep` puts it back
 * ```
 *
 * `FOLDER` is closed to all but its owner; a layer inside is readable to all and belongs to the user id it is for: only who
 * has it mounted sees it. Nothing is ever written to a layer that is complete.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { access, chmod, chown, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { type Digest, isDigest } from '../base/digest.ts';
import { platformError, userError } from '../base/error.ts';
import type { Artifacts } from './artifacts.ts';
import { checkedTar } from './tar-check.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface Layers {
  /**
   * The folder of a layer, unpacked if it was not. Safe to call from several processes at once.
   * @throws ARTIFACT_MISSING, ARTIFACT_CORRUPT, LAYER_REFUSED, DISK_FULL
   */
  unpack(digest: Digest, options?: UnpackOptions): Promise<string>;
  /** Removes a layer that nobody has mounted. */
  remove(digest: Digest, owner?: Owner): Promise<void>;
  /** Each once, whoever it is unpacked for. */
  list(): Promise<readonly Digest[]>;
  /** As `Artifacts.collect` does, for all that it is unpacked for. */
  collect(digest: Digest, isWanted: () => Promise<boolean>): Promise<boolean>;
  /** Removes what killed makers left. To be called while nobody unpacks. */
  sweep(): Promise<void>;
}

export interface UnpackOptions {
  /** To whom the layer's files shall belong: needs root. The caller when left out. */
  readonly owner?: Owner;
  readonly signal?: AbortSignal;
}

export async function openLayers(folder: string, artifacts: Artifacts): Promise<Layers> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const running = new Map<string, Promise<void>>();
  return {
    unpack: (digest, options = {}) => unpack(digest, { folder, artifacts, running, ...options }),
    remove: (digest, owner) => remove(digest, { folder, owner }),
    list: () => list(folder),
    collect: (digest, isWanted) => collect(digest, isWanted, folder),
    sweep: () => sweep(folder),
  };
}

interface Unpacking extends UnpackOptions {
  readonly folder: string;
  readonly artifacts: Artifacts;
  readonly running: Map<string, Promise<void>>;
}

async function unpack(digest: Digest, unpacking: Unpacking): Promise<string> {
  const { folder, owner, running } = unpacking;
  const shelf = shelfOf(folder, owner);
  const place = path.join(shelf, digest);
  if (await exists(place)) return place;
  const made = running.get(place) ?? make(digest, { ...unpacking, shelf, place });
  running.set(place, made);
  try {
    await made;
  } finally {
    running.delete(place);
  }
  return place;
}

interface Making extends Unpacking {
  readonly shelf: string;
  readonly place: string;
}

async function make(digest: Digest, making: Making): Promise<void> {
  const { shelf, place, owner } = making;
  await mkdir(shelf, { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(path.join(shelf, 'tmp-'));
  try {
    if (owner !== undefined) await chown(draft, owner.uid, owner.gid);
    await fill(draft, { digest, ...making });
    await chmod(draft, 0o755);
    await settle(draft, place);
    await syncFolder(shelf);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

async function fill(draft: string, filling: Making & { readonly digest: Digest }): Promise<void> {
  const { artifacts, digest, signal } = filling;
  const tar = startTar(draft, filling);
  const ending = endOf(tar);
  const fed = feed(tar, { archive: checkedTar(artifacts.read(digest)), signal });
  const [failure, { code, complaint }] = await Promise.all([fed, ending]);
  // What was wrong with the archive says more than what tar made of its sudden end.
  if (failure !== null) throw failure;
  if (code !== 0) throw tarFailure(draft, complaint);
  await syncDisk(draft);
}

interface Feeding {
  readonly archive: AsyncGenerator<Buffer>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Null when all of the archive was read and found good. A refusal stops tar before the refused entry is complete. Tar may
 * leave as soon as it has seen the archive's end: the rest is read all the same, for the digest to be checked.
 */
async function feed(tar: ChildProcess, { archive, signal }: Feeding): Promise<unknown> {
  const { stdin } = tar;
  if (stdin === null) throw new TypeError('tar has no input');
  // What tar did not take, its exit code explains.
  stdin.on('error', () => undefined);
  try {
    for await (const chunk of archive) {
      signal?.throwIfAborted();
      if (stdin.writable && !stdin.write(chunk)) await drained(stdin);
    }
    stdin.end();
    return null;
  } catch (error) {
    tar.kill('SIGKILL');
    return error;
  }
}

/** Resolves also when nobody reads any more. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
    if (stream.destroyed) done();
  });
}

function startTar(draft: string, { owner, signal }: UnpackOptions): ChildProcess {
  const args = ['--extract', '--file=-', '--same-permissions', '--no-same-owner', '--warning=no-timestamp'];
  return spawn('tar', args, {
    cwd: draft,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' },
    stdio: ['pipe', 'ignore', 'pipe'],
    ...(owner ?? {}),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Without it a power cut could leave a layer that looks complete, its files empty. */
async function syncDisk(draft: string): Promise<void> {
  const sync = spawn('sync', ['--file-system', draft], { stdio: ['ignore', 'ignore', 'pipe'] });
  const { code, complaint } = await endOf(sync);
  if (code !== 0) throw platformError('LAYER_UNWRITTEN', `Cannot unpack a layer: ${complaint.trim()}`);
}

function endOf(child: ChildProcess): Promise<{ readonly code: number; readonly complaint: string }> {
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    if (complaint.length < 4096) complaint += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      if (error.name === 'AbortError') return;
      reject(
        platformError('TOOL_MISSING', `Cannot start ${child.spawnfile}: ${error.message}`, { cause: error }),
      );
    });
    child.once('close', (code) => resolve({ code: code ?? 128, complaint }));
  });
}

/** Another process may have been first: its layer is the same. */
async function settle(draft: string, place: string): Promise<void> {
  try {
    await rename(draft, place);
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await rm(draft, { recursive: true, force: true });
  }
}

/** Renamed first, so that nobody finds half of it. */
async function remove(
  digest: Digest,
  { folder, owner }: { readonly folder: string; readonly owner: Owner | undefined },
): Promise<void> {
  const shelf = shelfOf(folder, owner);
  const gone = path.join(shelf, `tmp-${randomUUID()}`);
  try {
    await rename(path.join(shelf, digest), gone);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await rm(gone, { recursive: true, force: true });
}

async function list(folder: string): Promise<Digest[]> {
  const found = new Set<Digest>();
  for (const shelf of await readdir(folder)) {
    for (const name of await readdir(path.join(folder, shelf))) if (isDigest(name)) found.add(name);
  }
  return [...found];
}

async function collect(digest: Digest, isWanted: () => Promise<boolean>, folder: string): Promise<boolean> {
  let collected = false;
  for (const shelf of await readdir(folder)) {
    const place = path.join(folder, shelf, digest);
    const aside = path.join(folder, shelf, `aside-${digest}`);
    if (!(await exists(place))) continue;
    await rename(place, aside);
    if (await isWanted()) {
      await settle(aside, place);
      return false;
    }
    await rm(aside, { recursive: true, force: true });
    collected = true;
  }
  return collected;
}

async function sweep(folder: string): Promise<void> {
  for (const shelf of await readdir(folder)) {
    for (const name of await readdir(path.join(folder, shelf))) {
      const left = path.join(folder, shelf, name);
      if (name.startsWith('tmp-')) await rm(left, { recursive: true, force: true });
      else if (name.startsWith('aside-'))
        await settle(left, path.join(folder, shelf, name.slice('aside-'.length)));
    }
  }
}

function shelfOf(folder: string, owner: Owner | undefined): string {
  return path.join(folder, String(owner?.uid ?? process.getuid?.()));
}

async function exists(place: string): Promise<boolean> {
  try {
    await access(place);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

function tarFailure(draft: string, complaint: string): Error {
  const { bavail, bsize, ffree } = statfsSync(draft);
  if (bavail * bsize < 1024 * 1024 || ffree === 0) {
    return userError('DISK_FULL', `Cannot unpack a layer in ${JSON.stringify(draft)}: the disk is full`, {
      hint: `Free space on the disk of ${JSON.stringify(draft)} and try again`,
      left: 'Nothing of it is kept',
    });
  }
  const why = complaint.trim().split('\n')[0] ?? '';
  return platformError('LAYER_UNWRITTEN', `Cannot unpack a layer: ${why}`, {
    hint: `See that ${JSON.stringify(draft)} can be written to, then try again`,
  });
}
