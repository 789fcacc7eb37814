/** Reads the kept log of an owner, from a moment on, and follows it while another process writes. */
import { mkdirSync, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { type LogBatch, linesOf } from '../../factors/11-logs/log-batch.ts';
import type { LogLine } from '../../factors/11-logs/log-line.ts';
import { segmentFile, segmentNumbers } from './log-store.ts';
import { recordsIn } from './record.ts';

export interface ReadOptions {
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

export async function* readLog(
  folder: string,
  ownerId: string,
  options: ReadOptions,
): AsyncGenerator<LogLine> {
  for await (const batch of readBatches(folder, ownerId, options)) yield* linesOf(batch);
}

export async function* readBatches(
  folder: string,
  ownerId: string,
  { since = 0, ...options }: ReadOptions,
): AsyncGenerator<LogBatch> {
  for await (const { batch } of readRecords(folder, ownerId, options)) {
    if (batch.at >= since) yield batch;
  }
}

/** Where a record lies. */
export interface RecordPlace {
  readonly segment: number;
  readonly offset: number;
}

export interface KeptRecord extends RecordPlace {
  readonly batch: LogBatch;
  readonly checksum: string;
}

export interface RecordOptions extends Omit<ReadOptions, 'since'> {
  /** The start of a record; the oldest that is kept when left out. */
  readonly from?: RecordPlace;
}

/**
 * Nothing between two records is left out when a segment ends or is dropped while it is read. A reader that is slower than
 * the limit of the log allows goes on with the oldest that is kept: the sequence shows the gap. It ends when the log is
 * removed.
 */
export async function* readRecords(
  folder: string,
  ownerId: string,
  { from = { segment: 0, offset: 0 }, follow, signal }: RecordOptions,
): AsyncGenerator<KeptRecord> {
  const logs = path.join(folder, ownerId);
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  using changes = follow ? watchFolder(logs, signal) : null;
  let { segment, offset } = from;
  while (!signal.aborted) {
    const numbers = numbersIn(logs);
    if (numbers === null) return;
    for (const current of numbers.filter((found) => found >= segment)) {
      if (current !== segment) offset = 0;
      segment = current;
      for await (const { next, ...record } of readSegment(logs, { segment, offset })) {
        if (signal.aborted) return;
        offset = next;
        yield record;
      }
    }
    if (changes === null) return;
    await changes.next();
  }
}

/** Null when the log was removed. */
export function numbersIn(logs: string): number[] | null {
  try {
    return segmentNumbers(logs);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The records of a segment from a place on; none when the segment was dropped. */
export async function* readSegment(
  logs: string,
  { segment, offset }: RecordPlace,
): AsyncGenerator<KeptRecord & { readonly next: number }> {
  const content = await readFrom(segmentFile(logs, segment), offset);
  let at = offset;
  for (const { batch, checksum, next } of recordsIn(content)) {
    yield { batch, checksum, segment, offset: at, next: offset + next };
    at = offset + next;
  }
}

async function readFrom(file: string, offset: number): Promise<Buffer> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const { size } = await handle.stat();
    if (size <= offset) return Buffer.alloc(0);
    const buffer = Buffer.allocUnsafe(size - offset);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

interface Changes extends Disposable {
  /** Resolves at the next change since the last call, or when the signal aborts. */
  next(): Promise<void>;
}

function watchFolder(folder: string, signal: AbortSignal): Changes {
  let changed = false;
  let wake = (): void => undefined;
  const change = (): void => {
    changed = true;
    wake();
  };
  const watcher = watch(folder, { signal }, change);
  signal.addEventListener('abort', change, { once: true });
  return {
    async next() {
      if (!changed && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
      changed = false;
    },
    [Symbol.dispose]() {
      watcher.close();
      signal.removeEventListener('abort', change);
    },
  };
}
