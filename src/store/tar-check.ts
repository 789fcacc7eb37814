/**
 * Judges a layer's tar while it passes by, before a byte of an entry reaches whoever extracts it.
 *
 * Let through: files, folders, symbolic links and pax headers of path, linkpath and size. Each name is relative, has no `..`,
 * is new, and lies in a folder that the archive itself made: so no entry is written through a link, wherever it points.
 * Links may point anywhere: nothing outside an isolation follows them. All else is refused: devices, hard links, other
 * extensions, a wrong checksum, an archive cut short.
 */
import { platformError } from '../base/error.ts';

const block = 512;
const extendedLimit = 1024 * 1024;

/** Yields what it is given; throws LAYER_REFUSED at the first entry that does not pass. */
export async function* checkedTar(archive: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const check = new TarCheck();
  for await (const chunk of archive) {
    check.read(chunk);
    yield chunk;
  }
  check.end();
}

interface Extended {
  readonly path?: string;
  readonly linkpath?: string;
  readonly size?: string;
}

type Awaiting =
  | { readonly kind: 'header' }
  /** What is left of an extended header's body. */
  | { readonly kind: 'extended'; readonly bytes: number }
  /** What is left of a file and its padding. */
  | { readonly kind: 'content'; readonly bytes: number }
  /** After the block of zeros that ends an archive. */
  | { readonly kind: 'end' };

class TarCheck {
  #awaiting: Awaiting = { kind: 'header' };
  #held: Buffer = Buffer.alloc(0);
  #extended: Extended = {};
  readonly #folders = new Set<string>(['']);
  readonly #others = new Set<string>();

  read(chunk: Buffer): void {
    let rest: Buffer = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (;;) {
      const taken = this.#take(rest);
      if (taken === 0) break;
      rest = rest.subarray(taken);
    }
    this.#held = Buffer.from(rest);
  }

  end(): void {
    if (this.#awaiting.kind !== 'end') throw refused('it is cut short');
  }

  /** How many bytes were of use; 0: more are needed. */
  #take(bytes: Buffer): number {
    const awaiting = this.#awaiting;
    switch (awaiting.kind) {
      case 'header':
        if (bytes.length < block) return 0;
        this.#header(bytes.subarray(0, block));
        return block;
      case 'extended': {
        const padded = paddedTo(awaiting.bytes);
        if (bytes.length < padded) return 0;
        this.#extended = parseRecords(bytes.subarray(0, awaiting.bytes));
        this.#awaiting = { kind: 'header' };
        return padded;
      }
      case 'content': {
        const taken = Math.min(awaiting.bytes, bytes.length);
        const left = awaiting.bytes - taken;
        this.#awaiting = left === 0 ? { kind: 'header' } : { kind: 'content', bytes: left };
        return taken;
      }
      case 'end':
        if (bytes.some((byte) => byte !== 0)) throw refused('there is more after its end');
        return bytes.length;
    }
  }

  #header(head: Buffer): void {
    if (head.every((byte) => byte === 0)) {
      this.#awaiting = { kind: 'end' };
      return;
    }
    checkSum(head);
    const type = String.fromCharCode(head[156] ?? 0);
    const size = parseSize(this.#extended.size ?? `0o${text(head, { at: 124, length: 12 }).trim()}`);
    if (type === 'x') {
      if (size > extendedLimit || size === 0) throw refused('an extended header has no fitting size');
      this.#awaiting = { kind: 'extended', bytes: size };
      return;
    }
    this.#entry(type, this.#extended.path ?? text(head, { at: 0, length: 100 }));
    this.#extended = {};
    if (type !== '0' && size !== 0) throw refused('an entry that is no file has a content');
    this.#awaiting = size === 0 ? { kind: 'header' } : { kind: 'content', bytes: paddedTo(size) };
  }

  #entry(type: string, name: string): void {
    if (type !== '0' && type !== '2' && type !== '5') {
      throw refused(`${show(name)} is of type ${JSON.stringify(type)}`);
    }
    const path = type === '5' ? name.replace(/\/$/, '') : name;
    const parts = path.split('/');
    if (parts.some((part) => part === '' || part === '.' || part === '..') || path.includes('\0')) {
      throw refused(`${show(name)} is not a name inside it`);
    }
    if (!this.#folders.has(parts.slice(0, -1).join('/'))) {
      throw refused(`${show(name)} lies in no folder that it made`);
    }
    if (this.#folders.has(path) || this.#others.has(path)) throw refused(`${show(name)} is in it twice`);
    (type === '5' ? this.#folders : this.#others).add(path);
  }
}

function checkSum(head: Buffer): void {
  let sum = 8 * 0x20;
  for (let at = 0; at < block; at += 1) if (at < 148 || at >= 156) sum += head[at] ?? 0;
  if (Number.parseInt(text(head, { at: 148, length: 8 }), 8) !== sum)
    throw refused('a header has a wrong checksum');
  // A name over the first 100 bytes stands in an extended header; this field would prefix a folder to it.
  if (head[345] !== 0 || head.toString('latin1', 257, 263) !== 'ustar\0')
    throw refused('a header is not of its form');
}

function parseSize(digits: string): number {
  const size = /^(0o[0-7]+|[0-9]+)$/.test(digits) ? Number(digits) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw refused('an entry has no fitting size');
  return size;
}

/** `LENGTH KEY=VALUE\n`, again and again. */
function parseRecords(body: Buffer): Extended {
  const records: Record<string, string> = {};
  for (let at = 0; at < body.length; ) {
    const length = Number(/^[1-9][0-9]{0,6}(?= )/.exec(body.toString('latin1', at, at + 8))?.[0] ?? 0);
    const record = body.toString('latin1', at, at + length);
    const [, key = '', value = ''] = /^\d+ (path|linkpath|size)=([^\0]+)\n$/s.exec(record) ?? [];
    if (key === '' || record.length !== length || key in records)
      throw refused('an extended header is malformed');
    records[key] = value;
    at += length;
  }
  return records;
}

function text(head: Buffer, { at, length }: { readonly at: number; readonly length: number }): string {
  const field = head.toString('latin1', at, at + length);
  const end = field.indexOf('\0');
  return end < 0 ? field : field.slice(0, end);
}

function paddedTo(size: number): number {
  return Math.ceil(size / block) * block;
}

function show(latin1: string): string {
  return JSON.stringify(Buffer.from(latin1, 'latin1').toString());
}

function refused(why: string): Error {
  return platformError('LAYER_REFUSED', `Cannot unpack a layer: ${why}`, {
    hint: 'Deploy the app again: its build makes the layer anew',
  });
}
