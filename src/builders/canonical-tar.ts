/**
 * A folder as a tar whose bytes depend on names, contents, links and the execute bit alone.
 *
 * A layer is named by the SHA-256 of these bytes for ever, so they are written here rather than by the machine's tar, whose
 * output differs with its version and settings.
 *
 * The form: POSIX pax. A folder before what it holds, names in byte order. User and group 0, no user names. Modes 0755 for
 * folders and executables, else 0644. Hard links are separate files. A name or target that is not 1 to 100 bytes of ASCII,
 * or a size from 8 GiB, stands in an extended header before its entry. Sockets, pipes and devices are left out.
 *
 * Modification times: 0 for folders and links. A file's is made from its content, a time between 2001 and 2010: file servers
 * make an entity tag of time and size, and with one time for all a browser would keep the page of the release before.
 */
import { createHash, hash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { platformError } from '../base/error.ts';

export interface PackOptions {
  /** Paths (latin1, relative, without a slash at the end) to leave out, with all they hold. */
  readonly leaveOut?: (path: string) => boolean;
  /** Hears of each socket, pipe and device that was left out. */
  readonly onSpecial?: (path: string) => void;
}

const block = 512;
/** Big enough to make few writes, small enough to hold the event loop for a few milliseconds only. */
const chunkBytes = 1024 * 1024;
/** What fits the eleven octal digits of a header. */
const sizeLimit = 0o77777777777;

/** The tar of what `root` holds; `root` itself is no entry. */
export async function* packFolder(root: string, options: PackOptions = {}): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let bytes = 0;
  for (const piece of entriesOf({ root, path: '' }, options)) {
    pending.push(piece);
    bytes += piece.length;
    if (bytes < chunkBytes) continue;
    yield Buffer.concat(pending);
    pending = [];
    bytes = 0;
  }
  yield Buffer.concat([...pending, Buffer.alloc(2 * block)]);
}

interface Place {
  readonly root: string;
  /** Bytes as they are on disk, one character each (latin1). */
  readonly path: string;
}

function* entriesOf(folder: Place, options: PackOptions): Generator<Buffer> {
  const names = readdirSync(onDisk(folder), { encoding: 'latin1' as BufferEncoding }).sort();
  for (const name of names) {
    const place = { root: folder.root, path: folder.path === '' ? name : `${folder.path}/${name}` };
    if (options.leaveOut?.(place.path) !== true) yield* entryOf(place, options);
  }
}

function* entryOf(place: Place, options: PackOptions): Generator<Buffer> {
  const stat = lstatSync(onDisk(place));
  if (stat.isDirectory()) {
    yield header({ type: '5', path: `${place.path}/`, mode: 0o755 });
    yield* entriesOf(place, options);
  } else if (stat.isSymbolicLink()) {
    const target = readlinkSync(onDisk(place), { encoding: 'latin1' as BufferEncoding });
    yield header({ type: '2', path: place.path, mode: 0o777, target });
  } else if (stat.isFile()) {
    yield* fileEntry(place);
  } else {
    options.onSpecial?.(place.path);
  }
}

function* fileEntry(place: Place): Generator<Buffer> {
  // A link in place of the file, or a pipe, is never opened through.
  const file = openSync(onDisk(place), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { mode, size } = fstatSync(file);
    const opened = { file, size, path: place.path };
    const content = size <= chunkBytes ? readChunk(opened, 0) : null;
    const time = timeOf(content === null ? digestOf(opened) : hash('sha256', content, 'buffer'));
    yield header({ type: '0', path: place.path, mode: mode & 0o111 ? 0o755 : 0o644, size, time });
    if (content !== null) yield content;
    else yield* chunksOf(opened);
    yield Buffer.alloc((block - (size % block)) % block);
  } finally {
    closeSync(file);
  }
}

interface OpenFile {
  readonly file: number;
  readonly size: number;
  readonly path: string;
}

function digestOf(opened: OpenFile): Buffer {
  const sum = createHash('sha256');
  for (const chunk of chunksOf(opened)) sum.update(chunk);
  return sum.digest();
}

function* chunksOf(opened: OpenFile): Generator<Buffer> {
  for (let at = 0; at < opened.size; at += chunkBytes) yield readChunk(opened, at);
}

function readChunk({ file, size, path }: OpenFile, at: number): Buffer {
  const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, size - at));
  for (let filled = 0; filled < chunk.length; ) {
    const read = readSync(file, chunk, filled, chunk.length - filled, at + filled);
    if (read === 0) {
      throw platformError(
        'LAYER_CHANGED',
        `Cannot pack ${JSON.stringify(path)}: it became shorter meanwhile`,
      );
    }
    filled += read;
  }
  return chunk;
}

/** Seconds since the epoch: 10^9 (September 2001) and 28 bits of the content's digest. */
function timeOf(digest: Buffer): number {
  return 1_000_000_000 + (digest.readUInt32BE(0) >>> 4);
}

interface Entry {
  /** `0` file, `2` symbolic link, `5` folder, `x` extended header of the next entry. */
  readonly type: '0' | '2' | '5' | 'x';
  readonly path: string;
  readonly mode: number;
  readonly size?: number;
  readonly time?: number;
  readonly target?: string;
}

function header(entry: Entry): Buffer {
  const { path, target = '', size = 0 } = entry;
  const records = [
    fits(path) ? '' : record('path', path),
    target === '' || fits(target) ? '' : record('linkpath', target),
    size <= sizeLimit ? '' : record('size', String(size)),
  ].join('');
  return records === '' ? headerBlock(entry) : Buffer.concat([extended(records), headerBlock(entry)]);
}

function fits(name: string): boolean {
  return name.length <= 100 && /^[\x20-\x7e]*$/.test(name);
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return `${length}${rest}`;
}

function extended(records: string): Buffer {
  const body = Buffer.alloc(Math.ceil(records.length / block) * block);
  body.write(records, 'latin1');
  return Buffer.concat([headerBlock({ type: 'x', path: 'pax', mode: 0o644, size: records.length }), body]);
}

/** One block, by the offsets of POSIX ustar. What an extended header says better is cut short here. */
function headerBlock({ type, path, mode, size = 0, time = 0, target = '' }: Entry): Buffer {
  const head = Buffer.alloc(block);
  head.write(path.slice(0, 100), 0, 'latin1');
  head.write(octal(mode, 7), 100);
  head.write(octal(0, 7), 108);
  head.write(octal(0, 7), 116);
  head.write(octal(Math.min(size, sizeLimit), 11), 124);
  head.write(octal(time, 11), 136);
  head.write('        ', 148);
  head.write(type, 156);
  head.write(target.slice(0, 100), 157, 'latin1');
  head.write('ustar\x0000', 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${octal(sum, 6)}\0 `, 148);
  return head;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function onDisk({ root, path }: Place): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
}
