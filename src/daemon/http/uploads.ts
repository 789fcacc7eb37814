/** Source that a client sends: kept in a file of the platform's for as long as a build reads it. */
import { createWriteStream, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { userError } from '../../base/error.ts';
import { markOf, ownIdentity } from '../../engines/local/proc.ts';

export interface Upload {
  readonly file: string;
  /** Takes it away. */
  remove(): Promise<void>;
}

/** @param folder of builds: what a process that was killed leaves in it is swept. @throws SOURCE_TOO_LARGE */
export async function keepUpload(
  bytes: AsyncIterable<Uint8Array>,
  { folder, limitBytes }: { readonly folder: string; readonly limitBytes: number },
): Promise<Upload> {
  const { folder: own, remove } = uploadFolder(folder);
  const file = path.join(own, 'source.tar');
  try {
    await pipeline(within(bytes, limitBytes), createWriteStream(file, { mode: 0o600 }));
    return { file, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A folder that is swept when this process was killed. */
export function uploadFolder(folder: string): { readonly folder: string; remove(): Promise<void> } {
  const own = mkdtempSync(path.join(folder, `build-${markOf(ownIdentity())}-upload-`));
  return { folder: own, remove: () => rm(own, { recursive: true, force: true }) };
}

async function* within(bytes: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > limit) {
      throw userError(
        'SOURCE_TOO_LARGE',
        `Cannot read the source: what was sent is over the limit of ${limit} bytes`,
        {
          hint: 'Leave out what a build can make, with .gitignore; the operator may raise DOZEN_SOURCE_LIMIT_MB',
        },
      );
    }
    yield chunk;
  }
}
