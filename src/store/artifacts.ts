/**
 * Bytes kept under the name of their SHA-256: slug layers, cached dependency layers.
 *
 * ```
 * FOLDER/tmp/…            being written; what a killed writer left goes with `sweep`
 * FOLDER/tmp/aside-ab12…  being collected; a collector that was killed may have been wrong: `sweep` puts it back
 * FOLDER/ab/ab12…         an artifact; its presence means that it is complete and on disk
 * ```
 *
 * Guarantees
 * 1. `put` has returned: the artifact survives a power cut. Putting the same bytes again is harmless, from any process.
 * 2. `read` gives the artifact's bytes and then compares them with its name: a reader that got to the end has the right
 *    ones, one that got an error must undo what it made of them.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { type Digest, isDigest } from '../base/digest.ts';
import { platformError, userError } from '../base/error.ts';

export interface Artifact {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface UsedArtifact extends Artifact {
  /** Milliseconds since the epoch. */
  readonly usedAt: number;
}

export interface Artifacts {
  put(content: AsyncIterable<Uint8Array>): Promise<Artifact>;
  /** Null when there is none. Counts as a use: what was found is not collected for a while. */
  find(digest: Digest): Promise<Artifact | null>;
  /** @throws ARTIFACT_MISSING, and ARTIFACT_CORRUPT at the end */
  read(digest: Digest): AsyncGenerator<Buffer>;
  /** Of one that is not there: nothing. */
  remove(digest: Digest): Promise<void>;
  /** All, with the time of their last use. */
  list(): Promise<readonly UsedArtifact[]>;
  /** Milliseconds since the epoch; null when there is none. To ask is no use. */
  usedAt(digest: Digest): Promise<number | null>;
  /**
   * Removes it unless it is wanted, which is asked while it is out of reach: who needs it from then on says so before. True
   * when it was removed.
   */
  collect(digest: Digest, isWanted: (usedAt: number) => Promise<boolean>): Promise<boolean>;
  /** Removes what killed writers left. To be called while nobody writes. */
  sweep(): Promise<void>;
}

export async function openArtifacts(folder: string): Promise<Artifacts> {
  const temporary = path.join(folder, 'tmp');
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  return {
    put: (content) => put(content, { folder, temporary }),
    find: (digest) => find(folder, digest),
    read: (digest) => read(folder, digest),
    remove: (digest) => rm(placeOf(folder, digest), { force: true }),
    list: () => list(folder),
    usedAt: (digest) => usedAt(folder, digest),
    collect: (digest, isWanted) => collect(digest, isWanted, { folder, temporary }),
    sweep: () => sweep({ folder, temporary }),
  };
}

interface Folders {
  readonly folder: string;
  readonly temporary: string;
}

async function put(content: AsyncIterable<Uint8Array>, { folder, temporary }: Folders): Promise<Artifact> {
  const draft = path.join(temporary, randomUUID());
  try {
    const artifact = await write(content, draft);
    const place = placeOf(folder, artifact.digest);
    const made = await mkdir(path.dirname(place), { recursive: true, mode: 0o700 });
    await rename(draft, place);
    await syncFolder(path.dirname(place));
    if (made !== undefined) await syncFolder(folder);
    return artifact;
  } catch (error) {
    await rm(draft, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw diskFull(folder, error);
    throw error;
  }
}

async function write(content: AsyncIterable<Uint8Array>, draft: string): Promise<Artifact> {
  await using file = await open(draft, 'wx', 0o400);
  const sum = createHash('sha256');
  let size = 0;
  for await (const chunk of content) {
    sum.update(chunk);
    size += chunk.length;
    await writeAll(file, chunk);
  }
  await file.sync();
  return { digest: sum.digest('hex'), size };
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
}

/** A rename is on disk once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

async function find(folder: string, digest: Digest): Promise<Artifact | null> {
  const place = placeOf(folder, digest);
  const found = await look(place);
  if (found === null || !(await touch(place))) return null;
  return { digest, size: found.size };
}

/** False when it has just been collected. */
async function touch(place: string): Promise<boolean> {
  try {
    const now = new Date();
    await utimes(place, now, now);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function list(folder: string): Promise<UsedArtifact[]> {
  const found: UsedArtifact[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const digest = path.basename(name);
    if (!isDigest(digest)) continue;
    const last = await look(placeOf(folder, digest));
    if (last !== null) found.push({ digest, size: last.size, usedAt: last.mtimeMs });
  }
  return found;
}

async function usedAt(folder: string, digest: Digest): Promise<number | null> {
  return (await look(placeOf(folder, digest)))?.mtimeMs ?? null;
}

async function collect(
  digest: Digest,
  isWanted: (usedAt: number) => Promise<boolean>,
  { folder, temporary }: Folders,
): Promise<boolean> {
  const place = placeOf(folder, digest);
  const aside = path.join(temporary, `aside-${digest}`);
  if ((await look(place)) === null) return false;
  await rename(place, aside);
  const { mtimeMs } = await stat(aside);
  if (await isWanted(mtimeMs)) {
    await rename(aside, place);
    return false;
  }
  await rm(aside);
  return true;
}

async function* read(folder: string, digest: Digest): AsyncGenerator<Buffer> {
  const place = placeOf(folder, digest);
  if ((await look(place)) === null) {
    throw platformError(
      'ARTIFACT_MISSING',
      `Cannot read artifact ${digest}: it is not in ${JSON.stringify(folder)}`,
      {
        hint: 'Deploy the app again: its build makes it anew',
      },
    );
  }
  const sum = createHash('sha256');
  for await (const chunk of createReadStream(place, { highWaterMark: 1024 * 1024 })) {
    sum.update(chunk);
    yield chunk;
  }
  if (sum.digest('hex') === digest) return;
  throw platformError('ARTIFACT_CORRUPT', `Cannot use artifact ${digest}: its bytes have changed on disk`, {
    hint: `Check the disk, remove ${JSON.stringify(place)} and deploy the app again`,
  });
}

async function sweep({ folder, temporary }: Folders): Promise<void> {
  for (const name of await readdir(temporary)) {
    const left = path.join(temporary, name);
    const digest = name.replace(/^aside-/, '');
    if (isDigest(digest)) await rename(left, placeOf(folder, digest));
    else await rm(left, { force: true });
  }
}

/** A digest that is none never becomes part of a path. */
function placeOf(folder: string, digest: Digest): string {
  if (!isDigest(digest))
    throw new TypeError(`Cannot name an artifact ${JSON.stringify(digest)}: not a digest`);
  return path.join(folder, digest.slice(0, 2), digest);
}

async function look(place: string): Promise<Stats | null> {
  try {
    return await stat(place);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function diskFull(folder: string, cause: unknown): Error {
  return userError('DISK_FULL', `Cannot keep an artifact in ${JSON.stringify(folder)}: the disk is full`, {
    hint: `Free space on the disk of ${JSON.stringify(folder)} and try again`,
    left: 'Nothing of it is kept',
    cause,
  });
}
