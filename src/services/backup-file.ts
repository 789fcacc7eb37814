/**
 * The file of a backup, which can be written and read as a stream: what it is stands first, whether it is whole at its end.
 *
 * ```
 * {"dozenBackup":1,"kind":"postgres","version":"18","createdAt":…}␊
 * length (4 bytes, big-endian)  that many bytes of the data as zstd …
 * 0
 * {"digest":"<SHA-256 of all bytes before this line>"}␊
 * ```
 */
import { createHash, type Hash } from 'node:crypto';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { DozenError, userError } from '../base/error.ts';
import { documentPlace, fields, integer, type Shape, text } from '../base/shape.ts';
import { type ByteReader, byteReader } from './byte-reader.ts';
import type { BackupFacts } from './provider.ts';

export type BackupHead = Pick<BackupFacts, 'kind' | 'version' | 'createdAt'>;

const chunkSize = 64 * 1024;
const frameLimit = 1024 * 1024;
const lineLimit = 1024;

export async function writeBackup(
  head: BackupHead,
  {
    data,
    into,
    signal,
  }: { readonly data: AsyncIterable<Uint8Array>; readonly into: Writable; readonly signal: AbortSignal },
): Promise<BackupFacts> {
  const hash = createHash('sha256');
  let size = 0;
  await pipeline(
    data,
    createZstdCompress({ chunkSize }),
    async function* (compressed: AsyncIterable<Buffer>) {
      for await (const piece of pieces(head, { compressed, hash })) {
        size += piece.length;
        yield piece;
      }
    },
    into,
    { signal },
  );
  return { ...head, size, digest: hash.digest('hex') };
}

async function* pieces(
  head: BackupHead,
  { compressed, hash }: { readonly compressed: AsyncIterable<Buffer>; readonly hash: Hash },
): AsyncGenerator<Buffer> {
  const hashed = (piece: Buffer): Buffer => {
    hash.update(piece);
    return piece;
  };
  yield hashed(lineOf({ dozenBackup: 1, ...head }));
  for await (const chunk of compressed) {
    yield hashed(lengthOf(chunk.length));
    yield hashed(chunk);
  }
  yield hashed(lengthOf(0));
  yield lineOf({ digest: hash.copy().digest('hex') });
}

/**
 * Hands the data to `use`, which must not be acted upon before this has resolved: only then is it known to be whole.
 * @throws BACKUP_DAMAGED, BACKUP_KIND_OTHER
 */
export async function readBackup(
  from: AsyncIterable<Uint8Array>,
  {
    expected,
    use,
    signal,
  }: {
    readonly expected: Pick<BackupHead, 'kind' | 'version'>;
    readonly use: (data: AsyncIterable<Buffer>) => Promise<void>;
    readonly signal: AbortSignal;
  },
): Promise<BackupFacts> {
  const reader = byteReader(from);
  const progress = { hash: createHash('sha256'), size: 0 };
  try {
    const head = await readHead(reader, progress);
    refuseOther(head, expected);
    await pipeline(frames(reader, progress), createZstdDecompress({ chunkSize }), use, { signal });
    return { ...head, ...(await readEnd(reader, progress)) };
  } catch (error) {
    throw isUnpacking(error) ? damaged('its content cannot be unpacked', error) : error;
  } finally {
    await reader.close();
  }
}

/** A fault of what was read, at whatever depth it was noticed. */
export function damaged(why: string, cause?: unknown): DozenError {
  return userError('BACKUP_DAMAGED', `Cannot restore the backup: ${why}`, {
    hint: 'Fetch the file again, or take another backup; nothing was changed',
    cause,
  });
}

interface Progress {
  readonly hash: Hash;
  size: number;
}

const place = documentPlace((complaint) => damaged(`it is no backup that Dozen made (${complaint})`));
const name = text('a short text', (value) => /^[a-z0-9.-]{1,40}$/.test(value));
const headShape = fields(
  {
    dozenBackup: integer({ min: 1, max: 1 }),
    kind: name,
    version: name,
    createdAt: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  },
  { others: 'refused' },
);
const endShape = fields(
  { digest: text('a SHA-256', (value) => /^[0-9a-f]{64}$/.test(value)) },
  { others: 'refused' },
);

async function readHead(reader: ByteReader, progress: Progress): Promise<BackupHead> {
  const line = await reader.line(lineLimit);
  count(progress, line);
  const { kind, version, createdAt } = parse(line, headShape);
  return { kind, version, createdAt };
}

function refuseOther(head: BackupHead, { kind, version }: Pick<BackupHead, 'kind' | 'version'>): void {
  if (head.kind === kind && head.version === version) return;
  throw userError(
    'BACKUP_KIND_OTHER',
    `Cannot restore the backup: it is of ${head.kind} ${head.version}, the service is ${kind} ${version}`,
    { hint: `Restore it into a service of ${head.kind} ${head.version}; nothing was changed` },
  );
}

async function* frames(reader: ByteReader, progress: Progress): AsyncGenerator<Buffer> {
  for (;;) {
    const length = await reader.take(4);
    count(progress, length);
    const size = length.length === 4 ? length.readUInt32BE() : frameLimit + 1;
    if (size === 0) return;
    if (size > frameLimit) throw damaged('it is cut off or was changed');
    const frame = await reader.take(size);
    if (frame.length < size) throw damaged('it is cut off');
    count(progress, frame);
    yield frame;
  }
}

async function readEnd(
  reader: ByteReader,
  { hash, size }: Progress,
): Promise<Pick<BackupFacts, 'size' | 'digest'>> {
  const line = await reader.line(lineLimit);
  const digest = hash.digest('hex');
  if (parse(line, endShape).digest !== digest) throw damaged('its digest is not that of its content');
  if ((await reader.take(1)).length > 0) throw damaged('something follows its end');
  return { size: size + line.length, digest };
}

function count(progress: Progress, bytes: Buffer): void {
  progress.hash.update(bytes);
  progress.size += bytes.length;
}

function parse<T>(line: Buffer, shape: Shape<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch (error) {
    throw damaged('it is no backup that Dozen made, or cut off', error);
  }
  return shape(value, place);
}

function lineOf(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

function isUnpacking(error: unknown): boolean {
  const code = (error as { readonly code?: unknown }).code;
  return (
    !(error instanceof DozenError) && typeof code === 'string' && /^(ZSTD_|Z_|ERR_ZSTD|ERR_ZLIB)/.test(code)
  );
}
