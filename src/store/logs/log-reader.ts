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

/**
 * Nothing between two batches is left out when a segment ends or is dropped while it is read. A reader that is slower than
 * the limit of the log allows goes on with the oldest that is kept: the sequence shows the gap. It ends when the log is
 * removed.
 */
export async function* readBatches(
  folder: string,
  ownerId: string,
  options: ReadOptions,
): AsyncGenerator<LogBatch> {
  const { since = 0, follow, signal } = options;
  const logs = path.join(folder, ownerId);
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  using changes = follow ? watchFolder(logs, signal) : null;
  let number = 0;
  let offset = 0;
  while (!signal.aborted) {
    const numbers = numbersIn(logs);
    if (numbers === null) return;
    for (const current of numbers.filter((found) => found >= number)) {
      if (current !== number) offset = 0;
      number = current;
      for await (const record of readSegment(segmentFile(logs, current), offset)) {
        if (signal.aborted) return;
        offset = record.next;
        if (record.batch.at >= since) yield record.batch;
      }
    }
    if (changes === null) return;
    await changes.next();
  }
}

/** Null when the log was removed. */
function numbersIn(logs: string): number[] | null {
  try {
    return segmentNumbers(logs);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function* readSegment(file: string, offset: number): AsyncGenerator<{ batch: LogBatch; next: number }> {
  const content = await readFrom(file, offset);
  for (const { batch, next } of recordsIn(content)) yield { batch, next: offset + next };
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
