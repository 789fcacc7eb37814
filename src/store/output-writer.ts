import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { platformError, userError } from '../base/error.ts';
import { syncFolder } from './durable-file.ts';
import { type Outcome, type OutputRecord, recordBytes, recordsOf, textRecords } from './output-record.ts';
import { isAlive, thisProcess } from './process-identity.ts';

export interface OutputWriter {
  /** @throws DISK_FULL; what was written before is kept */
  write(text: string): void;
  /** Resolves when all of it is on disk. Nothing is written afterwards. */
  end(outcome: Outcome): Promise<void>;
}

/** Bytes of the file. */
export const outputLimit = 10 * 1024 * 1024;

/** How long what was written may stay in memory only: a power cut loses this much, a SIGKILL nothing. */
const syncEveryMs = 1000;
const syncData = promisify(fdatasync);

/** Goes on behind what a writer that was killed has left. @throws OUTPUT_TAKEN */
export function openWriter(file: string): OutputWriter {
  const before = readBefore(file);
  const descriptor = openSync(file, 'a', 0o600);
  ftruncateSync(descriptor, before);
  const output = new OutputFile(descriptor, before);
  output.append(recordBytes({ writer: thisProcess() }));
  fsyncSync(descriptor);
  syncFolder(path.dirname(file));
  return {
    write: (text) => output.write(text),
    end: (outcome) => output.end(outcome),
  };
}

/** Bytes of whole records that are there. */
function readBefore(file: string): number {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
  const { records, bytes } = recordsOf(content);
  const holder = holderOf(records);
  if (holder !== null) {
    throw platformError('OUTPUT_TAKEN', `Cannot write ${JSON.stringify(file)}: ${holder}`, {
      hint: 'Start another build or release',
    });
  }
  return bytes;
}

function holderOf(records: readonly OutputRecord[]): string | null {
  if (records.some((record) => 'end' in record)) return 'it has ended';
  const writer = records.findLast((record) => 'writer' in record)?.writer;
  return writer !== undefined && isAlive(writer) ? `process ${writer.pid} writes it` : null;
}

class OutputFile {
  readonly #descriptor: number;
  #bytes: number;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #disk: Promise<void> = Promise.resolve();

  constructor(descriptor: number, bytes: number) {
    this.#descriptor = descriptor;
    this.#bytes = bytes;
  }

  write(text: string): void {
    const records = textRecords(text);
    const size = records.reduce((sum, record) => sum + record.length, 0);
    if (this.#dropped > 0 || this.#bytes + size > outputLimit) {
      this.#dropped += Buffer.byteLength(text);
      return;
    }
    for (const record of records) this.append(record);
    this.#timer ??= setTimeout(() => this.#sync(), syncEveryMs).unref();
  }

  /** All of it or, when the disk is full, nothing: a reader never sees a record that goes again. */
  append(record: Buffer): void {
    try {
      unlessFull(() => writeFileSync(this.#descriptor, record));
    } catch (error) {
      ftruncateSync(this.#descriptor, this.#bytes);
      throw error;
    }
    this.#bytes += record.length;
  }

  async end(outcome: Outcome): Promise<void> {
    clearTimeout(this.#timer);
    const note = `Dropped ${this.#dropped} bytes of output: ${outputLimit / 1024 / 1024} MB are kept\n`;
    try {
      if (this.#dropped > 0) this.append(recordBytes({ text: note }));
      this.append(recordBytes({ end: outcome }));
      this.#sync();
      await this.#disk;
    } finally {
      await Promise.allSettled([this.#disk]);
      closeSync(this.#descriptor);
    }
  }

  /** A disk that fails ends the process: what was promised would not be kept. */
  #sync(): void {
    this.#timer = undefined;
    this.#disk = this.#disk.then(() => syncData(this.#descriptor));
  }
}

/** @throws DISK_FULL */
export function unlessFull<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw userError('DISK_FULL', 'Cannot keep the output: the disk is full', {
      hint: 'Free space on the disk of DOZEN_HOME and try again',
      cause: error,
    });
  }
}
