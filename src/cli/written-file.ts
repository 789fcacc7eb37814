/** A file of the caller's that is written as a whole: a reader finds the old text or the new. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, link, open, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { DozenError, userError } from '../base/error.ts';

/** What a link leads to is replaced, not the link. @throws FILE_UNWRITABLE */
export async function replaceFile(file: string, text: string): Promise<void> {
  const target = await targetOf(file);
  await placed(target, { text, place: (part) => rename(part, target) });
}

/** False when the file is there already: then nothing is changed. @throws FILE_UNWRITABLE */
export async function createFile(file: string, text: string): Promise<boolean> {
  let created = true;
  await placed(file, {
    text,
    place: (part) =>
      link(part, file).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
        created = false;
      }),
  });
  return created;
}

/** Whether a file could be written there, told before there is something to write. @throws FILE_UNWRITABLE */
export async function tryFolderOf(file: string): Promise<void> {
  await placed(await targetOf(file), { text: '', place: async () => undefined });
}

/** The file behind links; itself where there is none yet. @throws FILE_UNWRITABLE when it is something else than a file */
export async function targetOf(file: string): Promise<string> {
  try {
    if (!(await stat(file)).isFile()) throw unwritable(file, new Error('it is no file'));
    return await realpath(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return file;
    throw error instanceof DozenError ? error : unwritable(file, error);
  }
}

interface Writing {
  readonly text: string;
  /** Gives the written part its name. */
  readonly place: (part: string) => Promise<void>;
}

async function placed(file: string, { text, place }: Writing): Promise<void> {
  const folder = path.dirname(file);
  const part = path.join(folder, `.${path.basename(file)}.${randomBytes(4).toString('hex')}.part`);
  // What could not be made leaves nothing to remove.
  const handle = await open(part, 'wx').catch((error: unknown) => {
    throw unwritable(file, error);
  });
  try {
    await writeSynced(handle, text);
    await place(part);
    await syncFolder(folder);
  } catch (error) {
    throw unwritable(file, error);
  } finally {
    await rm(part, { force: true });
  }
}

async function writeSynced(handle: FileHandle, text: string): Promise<void> {
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a name in it durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function unwritable(file: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return userError('FILE_UNWRITABLE', `Cannot write ${JSON.stringify(file)}: ${code ?? message}`, {
    hint: 'Give the path of a file in a folder that you can write',
    cause: error,
  });
}
