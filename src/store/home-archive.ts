/**
 * A backup of a home as one file: a tar in zstd, that says first what it is and last what all of it must be.
 *
 * ```
 * dozen-backup.json   {"format":1,"version":…,"createdAt":…,"key":…,"services":[…]}
 * layout, store/…, artifacts/…                   files and folders, as they are to lie in a home
 * digests.json        {"files":{"layout":"<SHA-256>",…}}
 * ```
 * One that is cut off has no digests. The digests tell damage, not who made the file.
 */
import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  fsyncSync,
  linkSync,
  openSync,
  rmSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { extract, type Header, pack } from 'tar-stream';
import { DozenError, isDiskFull, userError } from '../base/error.ts';
import {
  documentPlace,
  fields,
  integer,
  list,
  memberPlace,
  type Shape,
  table,
  text,
  truth,
} from '../base/shape.ts';
import { syncFolder } from './durable-file.ts';

export interface ArchiveHead {
  /** Of the Dozen that made it. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Whether the master key is in it. */
  readonly key: boolean;
  /** Ids of the services whose data is in it. */
  readonly services: readonly string[];
}

export type ArchiveEntry =
  | { readonly kind: 'folder'; readonly name: string }
  /** Of a file that grows, what it has now. */
  | { readonly kind: 'file'; readonly name: string; readonly file: string; readonly size: number };

const headName = 'dozen-backup.json';
const digestsName = 'digests.json';
const nameLimit = 1024;
const listLimit = 256 * 1024 * 1024;

/**
 * Under its name when it is whole and on disk. Gives its size in bytes.
 * @throws BACKUP_EXISTS, BACKUP_UNWRITABLE
 */
export async function writeArchive(
  into: string,
  {
    head,
    entries,
    signal,
  }: {
    readonly head: ArchiveHead;
    readonly entries: AsyncIterable<ArchiveEntry>;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const target = path.resolve(into);
  const fresh = `${target}.${process.pid}.${process.hrtime.bigint()}`;
  let size = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      size += chunk.length;
      done(null, chunk);
    },
  });
  try {
    const out = createWriteStream(fresh, { flags: 'wx', mode: 0o600 });
    const tar = Readable.from(packed({ format: 1, ...head }, entries), { objectMode: false });
    const zstd = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } });
    await pipeline(tar, zstd, counted, out, { signal });
    syncFile(fresh);
    linkSync(fresh, target);
    syncFolder(path.dirname(target));
    return size;
  } catch (error) {
    throw unwritten(target, error);
  } finally {
    rmSync(fresh, { force: true });
  }
}

async function* packed(head: unknown, entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Buffer> {
  const archive = pack();
  const filling = fill(archive, head, entries).catch((error: unknown) => archive.destroy(error as Error));
  yield* archive as unknown as AsyncIterable<Buffer>;
  await filling;
}

async function fill(
  archive: ReturnType<typeof pack>,
  head: unknown,
  entries: AsyncIterable<ArchiveEntry>,
): Promise<void> {
  const files: Record<string, string> = {};
  await addText(archive, headName, JSON.stringify(head));
  for await (const entry of entries) {
    if (entry.kind === 'folder') await addFolder(archive, entry.name);
    else files[entry.name] = await addFile(archive, entry);
  }
  await addText(archive, digestsName, JSON.stringify({ files }));
  archive.finalize();
}

type Pack = ReturnType<typeof pack>;

function addFolder(archive: Pack, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry({ name, type: 'directory', mode: 0o700, mtime: new Date(0) }, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

function addText(archive: Pack, name: string, content: string): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry({ name, mode: 0o600, mtime: new Date(0) }, content, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

async function addFile(
  archive: Pack,
  { name, file, size }: Extract<ArchiveEntry, { kind: 'file' }>,
): Promise<string> {
  const hash = createHash('sha256');
  if (size === 0) await addText(archive, name, '');
  else {
    const sink = archive.entry({ name, size, mode: 0o600, mtime: new Date(0) });
    await pipeline(createReadStream(file, { end: size - 1 }), hashing(hash), sink as unknown as Transform);
  }
  return hash.digest('hex');
}

function hashing(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}

/**
 * Unpacks it into `folder`, which is empty and the caller's alone. What is there is to be used only once this has resolved.
 * @throws BACKUP_DAMAGED
 */
export async function readArchive(
  file: string,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<ArchiveHead> {
  const entries = extract();
  const feeding = pipeline(createReadStream(file), createZstdDecompress(), entries, { signal });
  // What it rejects with comes out of the entries too.
  feeding.catch(() => undefined);
  const found = new Map<string, string>();
  const texts: { head?: string; digests?: string } = {};
  try {
    for await (const entry of entries as AsyncIterable<Entry>) {
      const { header } = entry;
      if (texts.digests !== undefined) throw damaged('something follows its end');
      if (texts.head === undefined && header.name !== headName) throw damaged('it is no backup of a home');
      if (header.name === headName) texts.head = await textOf(entry);
      else if (header.name === digestsName) texts.digests = await textOf(entry);
      else await unpack(entry, { folder, found });
    }
    await feeding;
  } catch (error) {
    throw isUnpacking(error) ? damaged('it is cut off, or was changed', error) : error;
  }
  const { format: _, ...head } = parse(texts.head, headShape);
  compare(found, parse(texts.digests, digestsShape).files);
  return head;
}

interface Entry extends AsyncIterable<Buffer> {
  readonly header: Header;
}

interface Unpacking {
  readonly folder: string;
  readonly found: Map<string, string>;
}

async function unpack(entry: Entry, { folder, found }: Unpacking): Promise<void> {
  const { type } = entry.header;
  const name = checkedName(entry.header.name);
  const place = path.join(folder, name);
  if (type === 'directory') {
    for await (const _ of entry) throw damaged(`the folder ${JSON.stringify(name)} has content`);
    await mkdir(place, { recursive: true, mode: 0o700 });
    return;
  }
  if (type !== 'file' || found.has(name)) throw damaged(`${JSON.stringify(name)} is no file of its own`);
  await mkdir(path.dirname(place), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  await pipeline(entry, hashing(hash), createWriteStream(place, { flags: 'wx', mode: 0o600 }));
  found.set(name, hash.digest('hex'));
}

/** Nothing is unpacked but what a backup of a home has, and nothing outside the folder. */
function checkedName(name: string): string {
  const plain = name.endsWith('/') ? name.slice(0, -1) : name;
  const parts = plain.split('/');
  const isConfined = parts.every(
    (part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'),
  );
  const isKnown = plain === 'layout' || archivedFolders.some((folder) => folder === parts[0]);
  if (isConfined && isKnown && plain.length <= nameLimit) return plain;
  throw damaged(`it holds ${JSON.stringify(name.slice(0, 80))}, which no home has`);
}

/** What of a home may be in a backup of it. */
export const archivedFolders = [
  'store',
  'artifacts',
  'outputs',
  'git',
  'services',
  'runtimes',
  'keys',
] as const;

async function textOf(entry: Entry): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of entry) {
    size += chunk.length;
    if (size > listLimit) throw damaged('a list in it is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const place = documentPlace((complaint) => damaged(`it is no backup of a home (${complaint})`));
const id = text('an id', (value) => /^[0-9a-f-]{36}$/.test(value));
const headShape = fields(
  {
    format: integer({ min: 1, max: 1 }),
    version: text('a version', (value) => /^[\w.+-]{1,40}$/.test(value)),
    createdAt: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    key: truth(),
    services: list(id),
  },
  { others: 'ignored' },
);
const digest = text('a SHA-256', (value) => /^[0-9a-f]{64}$/.test(value));
const digestsShape = fields({ files: table(text(), digest) }, { others: 'ignored' });

function parse<T>(document: string | undefined, shape: Shape<T>): T {
  if (document === undefined) throw damaged('it is cut off');
  let value: unknown;
  try {
    value = JSON.parse(document);
  } catch (error) {
    throw damaged('a list in it is no JSON', error);
  }
  return shape(value, memberPlace(place, 'backup'));
}

function compare(found: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>): void {
  for (const [name, sum] of wanted)
    if (found.get(name) !== sum)
      throw damaged(`${JSON.stringify(name.slice(0, 80))} is missing or was changed`);
  if (found.size !== wanted.size) throw damaged('it holds files that it does not name');
}

function damaged(why: string, cause?: unknown): DozenError {
  return userError('BACKUP_DAMAGED', `Cannot restore the backup: ${why}`, {
    hint: 'Fetch the file again, or take another backup; nothing was changed',
    cause,
  });
}

/** A fault of what was read: by zstd's decoder, or by the reader of tar, whose errors have no code. */
function isUnpacking(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof DozenError || error.name === 'AbortError') return false;
  return !('syscall' in error) && !isDiskFull(error);
}

function syncFile(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function unwritten(target: string, error: unknown): unknown {
  if (error instanceof DozenError || isDiskFull(error)) return error;
  const { code, syscall, message, path: at } = error as NodeJS.ErrnoException;
  const doing = `back up to ${JSON.stringify(target)}`;
  if (code === 'EEXIST')
    return userError('BACKUP_EXISTS', `Cannot ${doing}: there is a file of that name`, {
      hint: 'Choose another name, or remove that file',
    });
  if (syscall === undefined || at?.startsWith(target) !== true) return error;
  return userError('BACKUP_UNWRITABLE', `Cannot ${doing}: ${message}`, {
    hint: 'Choose a folder that exists and that you may write to',
    cause: error,
  });
}
