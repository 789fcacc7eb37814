/** Where the last records of each instance lie, so that its last lines are found without reading a log through. */
import { closeSync, openSync, readSync } from 'node:fs';
import { type LogBatch, linesOf } from '../../factors/11-logs/log-batch.ts';
import { recordsIn } from './record.ts';

export interface RecordPlace {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** A record has a line at least: as many records as lines are enough. */
const tailLines = 10;

export class LogTails {
  readonly #places = new Map<string, RecordPlace[]>();

  note({ instance, source }: LogBatch, place: RecordPlace): void {
    if (source !== 'app') return;
    const places = this.#places.get(instance) ?? [];
    places.push(place);
    if (places.length > tailLines) places.shift();
    this.#places.set(instance, places);
  }

  forget(instance: string): void {
    this.#places.delete(instance);
  }

  /** The last lines that the instance wrote, as far as they are still kept; at most ten, oldest first. */
  linesOf(instance: string): string[] {
    const lines: string[] = [];
    for (const place of (this.#places.get(instance) ?? []).toReversed()) {
      lines.unshift(...linesAt(place).slice(lines.length - tailLines));
      if (lines.length >= tailLines) break;
    }
    return lines;
  }
}

/** None when its segment is gone. */
function linesAt({ file, offset, length }: RecordPlace): string[] {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    const bytes = Buffer.allocUnsafe(length);
    const read = readSync(descriptor, bytes, 0, length, offset);
    return [...recordsIn(bytes.subarray(0, read))].flatMap(({ batch }) =>
      linesOf(batch).map(({ text }) => text),
    );
  } finally {
    closeSync(descriptor);
  }
}
