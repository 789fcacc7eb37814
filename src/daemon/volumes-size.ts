/** What the volumes of a service take on disk. Its files come and go meanwhile. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

/** @param folder the local engine's */
export async function volumesSize(folder: string, serviceId: string): Promise<number> {
  const place = path.join(folder, 'volumes', serviceId);
  let size = 0;
  for (const name of await unlessGone(readdir(place, { recursive: true }), [])) {
    const stats = await unlessGone(lstat(path.join(place, name)), null);
    size += (stats?.blocks ?? 0) * 512;
  }
  return size;
}

async function unlessGone<T, F>(found: Promise<T>, otherwise: F): Promise<T | F> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise;
    throw error;
  }
}
