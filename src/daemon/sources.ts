/**
 * Source that a client has sent and not built yet: a file for each, under a name that only the platform gives, gone after an hour. A build
 * has a file of its own of it, so that it may go on for longer.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync } from 'node:fs';
import { link, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import { userError } from '../base/error.ts';
import { keepUpload, type Upload, uploadFolder } from './http/uploads.ts';

export interface Sources {
  /** @throws SOURCE_TAKEN, SOURCE_TOO_LARGE, SOURCES_FULL */
  keep(id: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** The same as a file of the caller's. @throws SOURCE_UNKNOWN */
  take(id: string): Promise<Upload>;
  /** Removes what is over its time. */
  sweep(): Promise<void>;
  close(): void;
}

export interface SourcesOptions {
  /** Of builds. */
  readonly folder: string;
  /** Of one. */
  readonly limitBytes: number;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly onTrouble: (error: unknown) => void;
}

export const sourceLifeMs = 60 * 60 * 1000;
/** So many of the largest may wait together. */
const waiting = 4;

export function openSources({ folder, limitBytes, clock, onTrouble }: SourcesOptions): Sources {
  const own = path.join(folder, 'sources');
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const closing = new AbortController();
  const fileOf = (id: string): string => path.join(own, `${id}.tar`);
  const files = async (): Promise<readonly Kept[]> => {
    const all = await Promise.all((await readdir(own)).map((name) => look(path.join(own, name))));
    return all.filter((one) => one !== null);
  };
  const sweep = async (): Promise<void> => {
    for (const { file, at } of await files())
      if (clock.now() - at >= sourceLifeMs) await rm(file, { force: true });
  };
  const sweepInTime = async (): Promise<void> => {
    try {
      await sweep();
      await clock.sleep(sourceLifeMs, closing.signal);
      await sweep();
    } catch (error) {
      if (!closing.signal.aborted) onTrouble(error);
    }
  };
  void sweepInTime();
  return {
    sweep,
    async keep(id, bytes) {
      if (existsSync(fileOf(id))) throw taken();
      const kept = (await files()).reduce((sum, file) => sum + file.bytes, 0);
      if (kept >= waiting * limitBytes) throw full();
      const upload = await keepUpload(bytes, { folder, limitBytes });
      try {
        await flush(upload.file);
        await link(upload.file, fileOf(id));
      } catch (error) {
        throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? taken() : error;
      } finally {
        await upload.remove();
      }
      void sweepInTime();
    },
    async take(id) {
      const { folder: place, remove } = uploadFolder(folder);
      const file = path.join(place, 'source.tar');
      try {
        await link(fileOf(id), file);
        return { file, remove };
      } catch (error) {
        await remove();
        throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? unknown() : error;
      }
    },
    close: () => closing.abort(),
  };
}

interface Kept {
  readonly file: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Null where it was removed meanwhile. */
async function look(file: string): Promise<Kept | null> {
  try {
    const { size, mtimeMs } = await stat(file);
    return { file, bytes: size, at: mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Hexadecimal SHA-256. */
export async function checksumOf(file: string): Promise<string> {
  const sum = createHash('sha256');
  for await (const chunk of createReadStream(file)) sum.update(chunk as Buffer);
  return sum.digest('hex');
}

async function flush(file: string): Promise<void> {
  const handle = await open(file);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function taken(): Error {
  return userError('SOURCE_TAKEN', 'Cannot keep the source: another was sent to this URL already', {
    hint: 'Ask for a new URL with POST /sources',
  });
}

function full(): Error {
  return userError('SOURCES_FULL', 'Cannot keep the source: too much is waiting to be built', {
    hint: 'Build what was sent, or wait: what nobody builds is gone after an hour',
  });
}

function unknown(): Error {
  return userError('SOURCE_UNKNOWN', 'Cannot find the source: none was sent, or it is gone after its hour', {
    hint: 'Ask for a new URL with POST /sources, and send the source there',
  });
}
