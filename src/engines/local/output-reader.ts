/**
 * Takes what a process wrote from the pump's segments into the kept log, whole lines at a time.
 *
 * It sleeps on a watch of the run's folder; once there is something it looks every few milliseconds instead, for a
 * process that writes line by line would otherwise wake it for each. A position counts segment and offset as one
 * number, and is kept with the lines themselves: the next reader goes on behind the last line kept, so that none is
 * lost and none is there twice.
 */
import { closeSync, existsSync, openSync, readSync, rmSync, statSync, watch } from 'node:fs';
import { isDiskFull } from '../../base/error.ts';
import { takeLines } from '../../factors/11-logs/framing.ts';
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

const chunkBytes = 1024 * 1024;
/** Of output waiting to be read, e.g. after the runner was away: what is over it is dropped, oldest first, and said so. */
const backlogLimitBytes = 1024 * 1024 * 1024;
const lookEveryMs = 10;
const lookAgainAtFullDiskMs = 1_000;
const looksBeforeSleep = 4;

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
    try {
      this.#skipBacklog();
      while (this.#readOnce(false));
      this.#readOnce(true);
    } catch (error) {
      // There is no room for its last lines, and its folder has to go.
      if (!isDiskFull(error)) throw error;
    }
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
    const found = this.#read();
    if (found === 'full') {
      this.#timer = setTimeout(() => this.#look(), lookAgainAtFullDiskMs);
      return;
    }
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
    if (this.#read()) this.#wake();
  }

  #wake(): void {
    this.#watcher?.close();
    this.#watcher = null;
    if (this.#timer === null && !this.#stopped) this.#timer = setTimeout(() => this.#look(), lookEveryMs);
  }

  /** What a full disk does not take waits where it is. */
  #read(): Found | 'full' {
    try {
      this.#skipBacklog();
      return this.#readOnce(false);
    } catch (error) {
      if (isDiskFull(error)) return 'full';
      throw error;
    }
  }

  /** Keeps the next whole lines. `last`: the rest without a newline counts as a line. */
  #readOnce(last: boolean): Found {
    const { parts, more } = this.#chunkAt(this.#end);
    const lines = takeLines(bytesOf(parts), { last: last && !more });
    if (lines === null) return false;
    const { ownerId, instance, process } = this.#source;
    const sequence = this.#sequence + 1;
    const end = positionIn(parts, lines.consumed);
    const base = { at: this.#now(), source: 'app', process, instance } as const;
    const { count, bytes } = lines;
    const batch: LogBatch = { ...base, sequence, lines: count, bytes, end };
    this.#keeper.append(ownerId, batch);
    this.#sequence += count;
    this.#end = end;
    this.#dropRead();
    this.#onBatch(batch);
    return more ? 'more' : 'some';
  }

  /** Bytes from a position on, over the ends of finished segments: a line may go on in the next. */
  #chunkAt(position: number): Chunk {
    const parts: Part[] = [];
    let segment = Math.floor(position / segmentBytes);
    let offset = position % segmentBytes;
    for (let room = chunkBytes; ; ) {
      // Asked before the read: what a segment gets while it is read belongs to a later chunk.
      const isFinished = existsSync(this.#segment(segment + 1));
      const bytes = readFrom(this.#segment(segment), { offset, limit: room });
      parts.push({ segment, offset, bytes });
      room -= bytes.length;
      if (room === 0 || !isFinished) return { parts, more: room === 0 };
      segment += 1;
      offset = 0;
    }
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
    const sequence = this.#sequence + 1;
    const bytes = Buffer.from(
      `Dropped ${target - this.#end} bytes of output: it came faster than it could be kept\n`,
    );
    const at = { at: this.#now(), source: 'dozen', process, instance } as const;
    this.#keeper.append(ownerId, { ...at, sequence, lines: 1, bytes, end: target });
    this.#sequence = sequence;
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

type Found = false | 'some' | 'more';

/** Bytes of one segment. */
interface Part {
  readonly segment: number;
  readonly offset: number;
  readonly bytes: Buffer;
}

interface Chunk {
  readonly parts: readonly Part[];
  /** Whether the chunk is full: more may follow. */
  readonly more: boolean;
}

function bytesOf(parts: readonly Part[]): Buffer {
  const [only] = parts;
  return parts.length === 1 && only !== undefined
    ? only.bytes
    : Buffer.concat(parts.map(({ bytes }) => bytes));
}

/** The position behind the first `consumed` bytes of the parts. */
function positionIn(parts: readonly Part[], consumed: number): number {
  let rest = consumed;
  for (const { segment, offset, bytes } of parts) {
    if (rest <= bytes.length) return segment * segmentBytes + offset + rest;
    rest -= bytes.length;
  }
  throw new RangeError(`Cannot stand ${rest} bytes behind the end of a chunk`);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function readFrom(
  file: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Buffer {
  const available = sizeOf(file) - offset;
  if (available <= 0) return Buffer.alloc(0);
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(Math.min(available, limit));
    return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, offset));
  } finally {
    closeSync(descriptor);
  }
}
