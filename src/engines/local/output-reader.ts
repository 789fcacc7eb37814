/**
 * Takes what a process wrote from the pump's segments into the kept log, whole lines at a time.
 *
 * It sleeps on a watch of the run's folder; once there is something it looks every few milliseconds instead, for a
 * process that writes line by line would otherwise wake it for each. A position counts segment and offset as one
 * number, and is kept with the lines themselves: the next reader goes on behind the last line kept, so that none is
 * lost and none is there twice.
 */
import { closeSync, existsSync, openSync, readSync, rmSync, statSync, watch } from 'node:fs';
import type { LogBatch, LogPosition } from '../../factors/11-logs/log-batch.ts';
import { segmentBytes, segmentFile, segmentsIn } from './pump.ts';

/** Where lines are kept; answers with what it has already. */
export interface LogKeeper {
  append(ownerId: string, batch: LogBatch): void;
  position(ownerId: string, instance: string): LogPosition;
  forget(ownerId: string, instance: string): void;
}

export interface OutputSource {
  readonly folder: string;
  readonly ownerId: string;
  readonly instance: string;
  readonly process: string;
}

/** Longer lines are cut. */
const lineLimitBytes = 64 * 1024;
const chunkBytes = 1024 * 1024;
/** Of output waiting to be read, e.g. after the runner was away: what is over it is dropped, oldest first, and said so. */
const backlogLimitBytes = 1024 * 1024 * 1024;
const lookEveryMs = 10;
const looksBeforeSleep = 4;
const newline = 0x0a;

export class OutputReader {
  readonly #source: OutputSource;
  readonly #keeper: LogKeeper;
  readonly #now: () => number;
  readonly #onBatch: (batch: LogBatch) => void;
  #end: number;
  #sequence: number;
  #watcher: { close(): void } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #idleLooks = 0;
  #stopped = false;

  constructor(source: OutputSource, context: OutputContext) {
    this.#source = source;
    this.#keeper = context.keeper;
    this.#now = context.now;
    this.#onBatch = context.onBatch;
    const kept = context.keeper.position(source.ownerId, source.instance);
    this.#end = kept.end;
    this.#sequence = kept.sequence;
  }

  start(): void {
    this.#look();
  }

  /** Reads what there is, the last unfinished line included: the pump has ended. */
  finish(): void {
    this.stop();
    this.#skipBacklog();
    while (this.#readOnce(false));
    this.#readOnce(true);
  }

  /** Lets go: another reader may go on from here. */
  stop(): void {
    this.#stopped = true;
    this.#watcher?.close();
    this.#watcher = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #look(): void {
    this.#timer = null;
    if (this.#stopped) return;
    this.#skipBacklog();
    const found = this.#readOnce(false);
    this.#idleLooks = found ? 0 : this.#idleLooks + 1;
    if (this.#idleLooks >= looksBeforeSleep) this.#sleep();
    else this.#timer = setTimeout(() => this.#look(), found === 'more' ? 0 : lookEveryMs);
  }

  /** What came between the last look and the watch is seen by the look after it. */
  #sleep(): void {
    this.#idleLooks = 0;
    this.#watcher = watch(this.#source.folder, (_event, name) => {
      if (name?.startsWith('seg.')) this.#wake();
    });
    if (this.#readOnce(false)) this.#wake();
  }

  #wake(): void {
    this.#watcher?.close();
    this.#watcher = null;
    if (this.#timer === null && !this.#stopped) this.#timer = setTimeout(() => this.#look(), lookEveryMs);
  }

  /** Keeps the next whole lines. `last`: the rest without a newline counts as a line. */
  #readOnce(last: boolean): false | 'some' | 'more' {
    const chunk = this.#chunkAt(this.#end);
    if (chunk.bytes.length === 0) return false;
    const cut = cutLines(chunk.bytes, last && !chunk.more);
    if (cut === null) return false;
    this.#sequence += 1;
    const { ownerId, instance, process } = this.#source;
    const end = advance(this.#end, cut.consumed, chunk.firstSegmentSize);
    const base = { at: this.#now(), source: 'app', process, instance } as const;
    const batch: LogBatch = { ...base, sequence: this.#sequence, lines: cut.lines, bytes: cut.bytes, end };
    this.#keeper.append(ownerId, batch);
    this.#sequence += cut.lines - 1;
    this.#end = end;
    this.#dropRead();
    this.#onBatch(batch);
    return chunk.more ? 'more' : 'some';
  }

  /** Bytes from a position on, over the end of a finished segment when a line goes on in the next. */
  #chunkAt(position: number): { bytes: Buffer; more: boolean; firstSegmentSize: number } {
    const number = Math.floor(position / segmentBytes);
    const offset = position % segmentBytes;
    const first = readFrom(this.#segment(number), offset);
    const finished = existsSync(this.#segment(number + 1));
    const firstSegmentSize = finished ? sizeOf(this.#segment(number)) : segmentBytes;
    if (first.length >= chunkBytes || !finished)
      return { bytes: first, more: first.length >= chunkBytes, firstSegmentSize };
    return {
      bytes: Buffer.concat([first, readFrom(this.#segment(number + 1), 0)]),
      more: true,
      firstSegmentSize,
    };
  }

  #dropRead(): void {
    const current = Math.floor(this.#end / segmentBytes);
    for (const number of segmentsIn(this.#source.folder))
      if (number < current) rmSync(this.#segment(number), { force: true });
  }

  #skipBacklog(): void {
    const last = segmentsIn(this.#source.folder).at(-1) ?? 0;
    const waiting = last * segmentBytes - this.#end;
    if (waiting <= backlogLimitBytes) return;
    const target = (last - Math.floor(backlogLimitBytes / segmentBytes / 2)) * segmentBytes;
    const { ownerId, instance, process } = this.#source;
    this.#sequence += 1;
    const bytes = Buffer.from(
      `Dropped ${target - this.#end} bytes of output: it came faster than it could be kept\n`,
    );
    const at = { at: this.#now(), source: 'dozen', process, instance } as const;
    this.#keeper.append(ownerId, { ...at, sequence: this.#sequence, lines: 1, bytes, end: target });
    this.#end = target;
    this.#dropRead();
  }

  #segment(number: number): string {
    return segmentFile(this.#source.folder, number);
  }
}

export interface OutputContext {
  readonly keeper: LogKeeper;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of every batch once it is kept. */
  readonly onBatch: (batch: LogBatch) => void;
}

/** A segment that a pump left unfinished ends early: the next position is the start of the one after it. */
function advance(position: number, consumed: number, firstSegmentSize: number): number {
  const number = Math.floor(position / segmentBytes);
  const offset = position % segmentBytes;
  if (offset + consumed < firstSegmentSize) return position + consumed;
  return (number + 1) * segmentBytes + (offset + consumed - firstSegmentSize);
}

export interface Cut {
  /** Whole lines, each ended by `\n`. */
  readonly bytes: Buffer;
  readonly lines: number;
  /** How many bytes of the input they stand for. */
  readonly consumed: number;
}

/** The whole lines at the beginning of `chunk`; null when there is none. `last`: what follows the last newline is one. */
export function cutLines(chunk: Buffer, last: boolean): Cut | null {
  let lines = 0;
  let from = 0;
  for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
    if (at - from > lineLimitBytes) break;
    lines += 1;
    from = at + 1;
  }
  if (from > 0) return { bytes: chunk.subarray(0, from), lines, consumed: from };
  if (chunk.length > lineLimitBytes) return unended(chunk.subarray(0, lineLimitBytes));
  return last && chunk.length > 0 ? unended(chunk) : null;
}

function unended(text: Buffer): Cut {
  return { bytes: Buffer.concat([text, Buffer.from('\n')]), lines: 1, consumed: text.length };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function readFrom(file: string, offset: number): Buffer {
  const available = sizeOf(file) - offset;
  if (available <= 0) return Buffer.alloc(0);
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(Math.min(available, chunkBytes));
    return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, offset));
  } finally {
    closeSync(descriptor);
  }
}
