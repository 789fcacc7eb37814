/** A file that comes as a stream: under its name it is whole, or not there. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { syncFolder, targetOf, unwritable } from './written-file.ts';

/** For its owner alone. What fails or is aborted leaves what was there before. @throws FILE_UNWRITABLE */
export async function receiveFile(
  file: string,
  {
    from,
    through,
    signal,
  }: { readonly from: Readable; readonly through: Transform; readonly signal: AbortSignal },
): Promise<void> {
  const { handle, part, target } = await begin(file).catch((error: unknown) => {
    from.destroy();
    throw error;
  });
  try {
    await pipeline(from, through, handle.createWriteStream({ flush: true }), { signal });
    await rename(part, target);
    await syncFolder(path.dirname(target));
  } finally {
    await rm(part, { force: true });
  }
}

interface Begun {
  readonly handle: FileHandle;
  readonly part: string;
  readonly target: string;
}

/** @throws FILE_UNWRITABLE */
async function begin(file: string): Promise<Begun> {
  const target = await targetOf(file);
  const name = `.${path.basename(target)}.${randomBytes(4).toString('hex')}.part`;
  const part = path.join(path.dirname(target), name);
  try {
    return { handle: await open(part, 'wx', 0o600), part, target };
  } catch (error) {
    throw unwritable(file, error);
  }
}
