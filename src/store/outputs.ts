/**
 * What builds and release phases said, and other texts about a build, kept under an id.
 *
 * ```
 * FOLDER/build/ID.ndjson      {"writer":{"pid":…}}  {"text":…}  {"text":…}  {"end":"succeeded"}
 * FOLDER/release/ID.ndjson    the same
 * FOLDER/sbom/ID.ndjson       the same, made as a whole
 * ```
 *
 * Guarantees
 * 1. What `write` was given survives a SIGKILL at once, and a power cut after a second; `end` and `keep` have returned: a
 *    power cut as well.
 * 2. A reader that follows sees all of it once and in order, and ends when the writer has ended. A writer that was killed is
 *    known by its process, which the file names: its readers end with a line that says so, and another writer goes on
 *    behind what is there.
 */
import { type FSWatcher, watch } from 'node:fs';
import { access, type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { userError } from '../base/error.ts';
import { createFileOnce, makeFolder } from './durable-file.ts';
import { recordBytes, recordsOf, textRecords } from './output-record.ts';
import { type OutputWriter, openWriter, unlessFull } from './output-writer.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';

export type OutputKind = 'build' | 'release' | 'sbom';

export const outputKinds: readonly OutputKind[] = ['build', 'release', 'sbom'];

export interface KeptOutput {
  readonly kind: OutputKind;
  readonly id: string;
  /** Of the file. */
  readonly bytes: number;
  /** When it was last written to: milliseconds since the epoch. */
  readonly writtenAt: number;
}

export interface Outputs {
  /** @throws OUTPUT_TAKEN when it has ended, or a process that lives writes it */
  writer(kind: OutputKind, id: string): OutputWriter;
  /** A text as a whole. False when there is one of this id: then nothing is changed. */
  keep(kind: OutputKind, id: string, text: string): boolean;
  /** @throws OUTPUT_UNKNOWN */
  read(kind: OutputKind, id: string, options: OutputReading): AsyncGenerator<string>;
  exists(kind: OutputKind, id: string): Promise<boolean>;
  list(): Promise<readonly KeptOutput[]>;
  /** Readers of it end. Of one that is not there: nothing. */
  remove(kind: OutputKind, id: string): Promise<void>;
}

export interface OutputReading {
  /** Goes on until the writer has ended. Without it, what is there is all. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  /** Characters to leave out, as a reader before has counted them. */
  readonly from?: number;
}

export function openOutputs(folder: string): Outputs {
  return {
    writer(kind, id) {
      const file = fileOf(folder, { kind, id });
      makeFolder(path.dirname(file));
      return openWriter(file);
    },
    keep(kind, id, text) {
      const file = fileOf(folder, { kind, id });
      makeFolder(path.dirname(file));
      const records = [...textRecords(text), recordBytes({ end: 'succeeded' })];
      return unlessFull(() => createFileOnce(file, Buffer.concat(records).toString()));
    },
    read: (kind, id, options) => read(folder, { kind, id }, options),
    exists: async (kind, id) => isId(id) && (await exists(fileOf(folder, { kind, id }))),
    list: async () => (await Promise.all(outputKinds.map((kind) => listKind(folder, kind)))).flat(),
    remove: async (kind, id) => rm(fileOf(folder, { kind, id }), { force: true }),
  };
}

interface Named {
  readonly kind: OutputKind;
  readonly id: string;
}

/** What could be a path is none. */
function isId(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(id);
}

function fileOf(folder: string, { kind, id }: Named): string {
  if (!isId(id)) throw unknown(kind, id);
  return path.join(folder, kind, `${id}.ndjson`);
}

async function listKind(folder: string, kind: OutputKind): Promise<KeptOutput[]> {
  const ids = await unlessMissing(readdir(path.join(folder, kind)), []);
  const found = ids.map(async (name): Promise<KeptOutput[]> => {
    const id = name.endsWith('.ndjson') ? name.slice(0, -'.ndjson'.length) : '';
    if (!isId(id)) return [];
    const file = await unlessMissing(stat(fileOf(folder, { kind, id })), null);
    return file === null ? [] : [{ kind, id, bytes: file.size, writtenAt: file.mtimeMs }];
  });
  return (await Promise.all(found)).flat();
}

async function unlessMissing<T, M>(asked: Promise<T>, missing: M): Promise<T | M> {
  try {
    return await asked;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return missing;
    throw error;
  }
}

async function* read(
  folder: string,
  { kind, id }: Named,
  { follow, signal, from = 0 }: OutputReading,
): AsyncGenerator<string> {
  const file = fileOf(folder, { kind, id });
  await using handle = await openFile(file, { kind, id });
  using changes = follow ? watchFile(file, signal) : null;
  let skip = from;
  let lastText = '\n';
  let writer: ProcessIdentity | null = null;
  for (let offset = 0; ; ) {
    // Asked before the file is read: what a writer wrote before it was gone is seen.
    const gone: ProcessIdentity | null = writer !== null && !isAlive(writer) ? writer : null;
    const removed = (await handle.stat()).nlink === 0;
    const { records, bytes } = recordsOf(await readFrom(handle, offset));
    offset += bytes;
    for (const record of records) {
      if (signal.aborted || 'end' in record) return;
      if ('writer' in record) writer = record.writer;
      else {
        lastText = record.text;
        if (lastText.length > skip) yield lastText.slice(skip);
        skip = Math.max(0, skip - lastText.length);
      }
    }
    if (removed || signal.aborted) return;
    if (gone !== null && gone === writer) return yield cutOff(lastText);
    if (bytes > 0) continue;
    if (changes === null) return;
    await changes.next();
  }
}

function cutOff(lastText: string): string {
  return `${lastText.endsWith('\n') ? '' : '\n'}Cut off: the process that wrote this was killed\n`;
}

async function openFile(file: string, { kind, id }: Named): Promise<FileHandle> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw unknown(kind, id);
    throw error;
  }
}

async function readFrom(handle: FileHandle, offset: number): Promise<Buffer> {
  const { size } = await handle.stat();
  const buffer = Buffer.allocUnsafe(Math.max(0, size - offset));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
  return buffer.subarray(0, bytesRead);
}

interface Changes extends Disposable {
  next(): Promise<void>;
}

/** No event says that a process has ended: a reader looks again after so long. */
const lookEveryMs = 1000;

function watchFile(file: string, signal: AbortSignal): Changes {
  let changed = new AbortController();
  const watcher = watchUnlessGone(file, () => changed.abort());
  return {
    async next() {
      await sleep(lookEveryMs, undefined, { signal: AbortSignal.any([signal, changed.signal]) }).catch(
        (error: Error) => {
          if (error.name !== 'AbortError') throw error;
        },
      );
      changed = new AbortController();
    },
    [Symbol.dispose]: () => watcher?.close(),
  };
}

/** Null when it was removed since it was opened, which its reader sees for itself. */
function watchUnlessGone(file: string, onChange: () => void): FSWatcher | null {
  try {
    return watch(file, onChange);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function exists(file: string): Promise<boolean> {
  return unlessMissing(
    access(file).then(() => true),
    false,
  );
}

function unknown(kind: OutputKind, id: string): Error {
  const name = JSON.stringify(id.slice(0, 80));
  return userError('OUTPUT_UNKNOWN', `Cannot use the ${kind} output ${name}: there is none of this name`, {
    hint: 'Ask for one that the app has',
  });
}
