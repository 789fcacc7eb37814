/** A file that comes as a stream: under its name it is whole, or not there. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { userError } from '../base/error.ts';

/** For its owner alone. What fails or is aborted leaves what was there before. @throws FILE_UNWRITABLE */
export async function receiveFile(
  file: string,
  {
    from,
    through,
    signal,
  }: { readonly from: Readable; readonly through: Transform; readonly signal: AbortSignal },
): Promise<void> {
  const part = path.join(
    path.dirname(file),
    `.${path.basename(file)}.${randomBytes(4).toString('hex')}.part`,
  );
  const handle = await open(part, 'wx', 0o600).catch((error: unknown) => {
    from.destroy();
    throw unwritable(file, error);
  });
  try {
    await pipeline(from, through, handle.createWriteStream({ flush: true }), { signal });
    await rename(part, file);
    await syncFolder(path.dirname(file));
  } finally {
    await rm(part, { force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unwritable(file: string, error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  return userError('FILE_UNWRITABLE', `Cannot write ${JSON.stringify(file)}: ${code}`, {
    hint: 'Give the path of a file in a folder that you can write',
    cause: error,
  });
}
