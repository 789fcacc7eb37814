import type { LogLine } from './log-line.ts';

/**
 * Whole lines of one process that were read together: how a log is kept. Stamping and numbering a batch costs the same
 * for one line as for ten thousand.
 */
export interface LogBatch extends Omit<LogLine, 'text' | 'sequence'> {
  /** Of the first line. */
  readonly sequence: number;
  /** How many lines: the number of `\n` in `bytes`. */
  readonly lines: number;
  /** The lines as written, each ended by `\n`. */
  readonly bytes: Uint8Array;
  /** Where in the process's output the batch ends, in bytes from its start: what tells a later reader where to go on. */
  readonly end: number;
}

/** How much of a process's output is kept. */
export interface LogPosition {
  /** Bytes from the start of its output. */
  readonly end: number;
  /** Sequence of its last line. */
  readonly sequence: number;
}

/** A byte order mark is a part of what was written. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function linesOf(batch: LogBatch): LogLine[] {
  const { at, source, process, instance } = batch;
  const texts = decoder.decode(batch.bytes).split('\n');
  texts.pop();
  return texts.map((text, index) => ({
    at,
    sequence: batch.sequence + index,
    source,
    process,
    instance,
    text,
  }));
}
