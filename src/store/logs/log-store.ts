/**
 * The kept log: what every process and the platform said, for each owner, across restarts.
 *
 * ```
 * logs/<owner>/000000001.log  ┐ segments, each a row of records; the oldest go when the owner's limit is reached
 * logs/<owner>/000000002.log  ┘
 * logs/<owner>/positions.json   last position of each instance, as far as its records are gone with old segments
 *
 * record = checksum ── header as one line of JSON ── \n ── the batch's bytes
 * ```
 *
 * One process writes, any number read. A record holds where its process's output ended (`end`), so what is kept and what is
 * still to be read can never disagree: a writer that is killed leaves at most a torn last record, which the next writer cuts
 * off and reads again from the process's output.
 */
import {
  closeSync,
  fdatasync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { LogBatch, LogPosition } from '../../factors/11-logs/log-batch.ts';
import { LogTails, type RecordPlace } from './log-tails.ts';
import { recordBytes, recordsIn } from './record.ts';

export interface LogLimits {
  /** Of all segments of an owner. */
  readonly ownerBytes: number;
  readonly segmentBytes: number;
}

export const defaultLogLimits: LogLimits = { ownerBytes: 64 * 1024 * 1024, segmentBytes: 4 * 1024 * 1024 };

export interface LogStore {
  append(ownerId: string, batch: LogBatch): void;
  /** Resolves when all that was appended is on disk. */
  sync(ownerId: string): Promise<void>;
  /** Of an instance that has said something, else zero. */
  position(ownerId: string, instance: string): LogPosition;
  /** The last lines that an instance wrote, at most ten, oldest first. */
  tail(ownerId: string, instance: string): readonly string[];
  /** Forgets where an instance that is over has ended. */
  forget(ownerId: string, instance: string): void;
  remove(ownerId: string): void;
  close(): Promise<void>;
}

/** How long what was written may stay in memory only: a power cut loses this much, a SIGKILL nothing. */
const syncEveryMs = 1000;
const syncData = promisify(fdatasync);

export function openLogStore(folder: string, limits: LogLimits = defaultLogLimits): LogStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const owners = new Map<string, OwnerLog>();
  const owner = (id: string): OwnerLog => {
    const known = owners.get(id);
    if (known !== undefined) return known;
    const opened = new OwnerLog(path.join(folder, id), limits);
    owners.set(id, opened);
    return opened;
  };
  return {
    append: (id, batch) => owner(id).append(batch),
    sync: (id) => owner(id).sync(),
    position: (id, instance) => owner(id).position(instance),
    tail: (id, instance) => owner(id).tail(instance),
    forget: (id, instance) => owner(id).forget(instance),
    remove(id) {
      void owners.get(id)?.close();
      owners.delete(id);
      rmSync(path.join(folder, id), { recursive: true, force: true });
    },
    async close() {
      const logs = [...owners.values()];
      owners.clear();
      await Promise.all(logs.map((log) => log.close()));
    },
  };
}

const start: LogPosition = { end: 0, sequence: 0 };

class OwnerLog {
  readonly #folder: string;
  readonly #limits: LogLimits;
  readonly #positions = new Map<string, LogPosition>();
  readonly #tails = new LogTails();
  #segments: { number: number; bytes: number }[] = [];
  #descriptor = -1;
  #timer: NodeJS.Timeout | undefined;
  #dirty = false;
  /** What is asked of the disk, in this order: no descriptor is closed before it is synced. */
  #disk: Promise<void> = Promise.resolve();

  constructor(folder: string, limits: LogLimits) {
    this.#folder = folder;
    this.#limits = limits;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#recover();
  }

  append(batch: LogBatch): void {
    const bytes = recordBytes(batch);
    let last = this.#segments.at(-1);
    if (last === undefined || last.bytes + bytes.length > this.#limits.segmentBytes) last = this.#rotate();
    this.#write(bytes, last.bytes);
    const offset = last.bytes;
    last.bytes += bytes.length;
    this.#moveTo(batch);
    this.#tails.note(batch, this.#place(last.number, offset, bytes.length));
    this.#syncLater();
  }

  sync(): Promise<void> {
    this.#sync();
    return this.#disk;
  }

  position(instance: string): LogPosition {
    return this.#positions.get(instance) ?? start;
  }

  tail(instance: string): readonly string[] {
    return this.#tails.linesOf(instance);
  }

  forget(instance: string): void {
    this.#positions.delete(instance);
    this.#tails.forget(instance);
  }

  #place(number: number, offset: number, length: number): RecordPlace {
    return { file: segmentFile(this.#folder, number), offset, length };
  }

  close(): Promise<void> {
    this.#leaveSegment();
    return this.#disk;
  }

  #recover(): void {
    for (const [instance, position] of readPositions(this.#folder)) this.#positions.set(instance, position);
    let whole = 0;
    for (const number of segmentNumbers(this.#folder)) {
      const content = readFileSync(segmentFile(this.#folder, number));
      this.#segments.push({ number, bytes: content.length });
      whole = 0;
      for (const { batch, next } of recordsIn(content)) {
        this.#tails.note(batch, this.#place(number, whole, next - whole));
        whole = next;
        this.#moveTo(batch);
      }
    }
    const last = this.#segments.at(-1);
    if (last === undefined) return;
    this.#descriptor = openSync(segmentFile(this.#folder, last.number), 'a', 0o600);
    if (last.bytes > whole) ftruncateSync(this.#descriptor, whole);
    last.bytes = whole;
  }

  #moveTo({ instance, end, sequence, lines }: LogBatch): void {
    this.#positions.set(instance, { end, sequence: sequence + lines - 1 });
  }

  /** Behind the `whole` bytes of the segment: all or, when the disk is full, nothing. */
  #write(bytes: Buffer, whole: number): void {
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#descriptor, bytes, written);
    } catch (error) {
      ftruncateSync(this.#descriptor, whole);
      throw error;
    }
  }

  #rotate(): { number: number; bytes: number } {
    const segment = { number: (this.#segments.at(-1)?.number ?? 0) + 1, bytes: 0 };
    const descriptor = openSync(segmentFile(this.#folder, segment.number), 'a', 0o600);
    this.#leaveSegment();
    this.#descriptor = descriptor;
    this.#segments.push(segment);
    this.#dropOldest();
    return segment;
  }

  /** Positions are saved before the records that held them go. */
  #dropOldest(): void {
    const total = (): number => this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { number } of this.#segments.slice(0, -1)) {
      if (total() + this.#limits.segmentBytes <= this.#limits.ownerBytes) return;
      writePositions(this.#folder, this.#positions);
      rmSync(segmentFile(this.#folder, number), { force: true });
      this.#segments.shift();
    }
  }

  #syncLater(): void {
    this.#dirty = true;
    this.#timer ??= setTimeout(() => this.#sync(), syncEveryMs).unref();
  }

  /** A disk that fails ends the process: what was promised would not be kept. */
  #sync(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#dirty) return;
    this.#dirty = false;
    const descriptor = this.#descriptor;
    this.#disk = this.#disk.then(() => syncData(descriptor));
  }

  #leaveSegment(): void {
    if (this.#descriptor < 0) return;
    this.#sync();
    const descriptor = this.#descriptor;
    this.#disk = this.#disk.then(() => closeSync(descriptor));
    this.#descriptor = -1;
  }
}

export function segmentFile(folder: string, number: number): string {
  return path.join(folder, `${String(number).padStart(9, '0')}.log`);
}

/** In order, oldest first. */
export function segmentNumbers(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => (/^\d{9}\.log$/.test(name) ? [Number(name.slice(0, 9))] : []))
    .sort((a, b) => a - b);
}

function readPositions(folder: string): [string, LogPosition][] {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'positions.json'), 'utf8')) as [string, LogPosition][];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function writePositions(folder: string, positions: ReadonlyMap<string, LogPosition>): void {
  const file = path.join(folder, 'positions.json');
  writeFileSync(`${file}.fresh`, JSON.stringify([...positions]), { flush: true, mode: 0o600 });
  renameSync(`${file}.fresh`, file);
}
