/**
 * The entries of a tarball, one after the other: a tar, or a tar in gzip.
 *
 * The library unfolds pax and GNU headers and checks the sums; here its output is bounded, and an archive cut off where an
 * entry ends is told from a whole one.
 */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { DozenError, userError } from '../base/error.ts';
import type { SourceLimits } from './codebase.ts';
import { tooLarge } from './tree.ts';

export interface Entry extends AsyncIterable<Buffer> {
  readonly header: Header;
  /** Skips its content. */
  resume(): unknown;
}

export interface TarballOptions {
  readonly limits: SourceLimits;
  readonly signal?: AbortSignal | undefined;
}

/** What headers and padding of an entry may take beside its content. */
const overheadBytes = 4096;
/** What ends an archive: two blocks of zeros. */
const endBytes = 1024;

/** Each entry must be read to its end before the next is asked for. @throws TARBALL_UNREADABLE, SOURCE_TOO_LARGE */
export async function* readEntries(file: string, { limits, signal }: TarballOptions): AsyncGenerator<Entry> {
  const entries = extract();
  const source = createReadStream(file);
  const judged = (bytes: AsyncIterable<Buffer>) => bounded(bytes, limits);
  const stop = signal === undefined ? {} : { signal };
  const feeding = isGzip(file)
    ? pipeline(source, createGunzip(), judged, entries, stop)
    : pipeline(source, judged, entries, stop);
  // What it rejects with comes out of the entries too, and at the end of them.
  feeding.catch(() => undefined);
  try {
    for await (const entry of entries as AsyncIterable<Entry>) {
      checkSize(entry.header);
      yield entry;
    }
    await feeding;
  } catch (error) {
    throw unreadable(error);
  } finally {
    source.destroy();
  }
}

/** The library takes a number it cannot read for null, and waits for ever for the content of such an entry or of a folder. */
function checkSize({ name, size, type }: Header): void {
  if (Number.isSafeInteger(size) && (size === 0 || type !== 'directory')) return;
  throw broken(`the size of ${JSON.stringify(name)} does not fit`);
}

function isGzip(file: string): boolean {
  const handle = openSync(file, 'r');
  try {
    const start = Buffer.alloc(2);
    return readSync(handle, start, 0, 2, 0) === 2 && start.readUInt16BE() === 0x1f8b;
  } finally {
    closeSync(handle);
  }
}

async function* bounded(bytes: AsyncIterable<Buffer>, limits: SourceLimits): AsyncGenerator<Buffer> {
  const limit = limits.bytes + (limits.files + 1) * overheadBytes + 1024 * 1024;
  let total = 0;
  let tail = Buffer.alloc(0);
  for await (const chunk of bytes) {
    total += chunk.length;
    if (total > limit) throw tooLarge(`its archive is over ${limit} bytes`);
    tail = Buffer.concat([tail, chunk]).subarray(-endBytes);
    yield chunk;
  }
  if (total < endBytes || tail.some((byte) => byte !== 0)) throw broken('it is cut short');
}

function unreadable(thrown: unknown): unknown {
  if (thrown instanceof DozenError || !(thrown instanceof Error)) return thrown;
  if (thrown.name === 'AbortError' || 'syscall' in thrown) return thrown;
  return broken(thrown.message, thrown);
}

function broken(why: string, cause?: unknown): DozenError {
  return userError('TARBALL_UNREADABLE', `Cannot read the tarball: ${why}`, {
    hint: 'Make it with "git archive --format=tar.gz -o app.tar.gz HEAD"',
    cause,
  });
}
