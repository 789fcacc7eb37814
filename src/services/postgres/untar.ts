/**
 * Unpacks a cluster's files from the tar that PostgreSQL writes: folders and plain files with short names. Anything else, such as
 * a link or a name that leads out of the folder, is none of its making and refused.
 */
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { damaged } from '../backup-file.ts';
import { type ByteReader, byteReader } from '../byte-reader.ts';

const block = 512;

export async function untar(chunks: AsyncIterable<Uint8Array>, folder: string): Promise<void> {
  const reader = byteReader(chunks);
  for (;;) {
    const head = await reader.take(block);
    if (head.length < block) throw damaged('its archive is cut off');
    if (head.every((byte) => byte === 0)) break;
    await unpack(reader, { entry: parseHead(head), folder });
  }
  for await (const rest of reader.pass(Number.POSITIVE_INFINITY))
    if (rest.some((byte) => byte !== 0)) throw damaged('something follows its archive');
}

interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
  readonly size: number;
}

function parseHead(head: Buffer): Entry {
  const name = textAt(head, { start: 0, length: 100 }).replace(/^\.\//, '').replace(/\/$/, '');
  const kind = kinds.get(textAt(head, { start: 156, length: 1 }));
  const sizeText = textAt(head, { start: 124, length: 12 }).trim();
  if (!isInside(name) || textAt(head, { start: 345, length: 155 }) !== '')
    throw damaged('a name in its archive is none that PostgreSQL gives');
  if (kind === undefined || !/^[0-7]{1,12}$/.test(sizeText))
    throw damaged(`${JSON.stringify(name)} in its archive is neither a file nor a folder`);
  return { name, kind, size: kind === 'folder' ? 0 : Number.parseInt(sizeText, 8) };
}

const kinds: ReadonlyMap<string, Entry['kind']> = new Map([
  ['', 'file'],
  ['0', 'file'],
  ['5', 'folder'],
]);

function isInside(name: string): boolean {
  return name === '.' || name.split('/').every((part) => /^[\w.-]+$/.test(part) && !/^\.\.?$/.test(part));
}

function textAt(
  head: Buffer,
  { start, length }: { readonly start: number; readonly length: number },
): string {
  const field = head.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end === -1 ? length : end);
}

async function unpack(
  reader: ByteReader,
  { entry, folder }: { readonly entry: Entry; readonly folder: string },
): Promise<void> {
  const { name, kind, size } = entry;
  const place = path.join(folder, name);
  if (kind === 'folder') return void (await mkdir(place, { recursive: true, mode: 0o700 }));
  await mkdir(path.dirname(place), { recursive: true, mode: 0o700 });
  const handle = await open(place, 'wx', 0o600);
  try {
    let left = size;
    for await (const piece of reader.pass(size)) {
      await handle.writeFile(piece);
      left -= piece.length;
    }
    if (left > 0) throw damaged('its archive is cut off');
  } finally {
    await handle.close();
  }
  const padding = (block - (size % block)) % block;
  if ((await reader.take(padding)).length < padding) throw damaged('its archive is cut off');
}
