/** The file that strace writes, read as far as whole lines go. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parseTrace, type Trace } from './trace.ts';

/** Bytes that are looked at: an app can make calls for ever. */
const sizeLimit = 64 * 1024 * 1024;

export class TraceFile {
  readonly #file: string;
  readonly #beganAt: number;
  #length = 0;
  #events: Trace = [];

  constructor(file: string, beganAt: () => number) {
    this.#file = file;
    this.#beganAt = beganAt();
  }

  events(): Trace {
    const text = this.#read();
    // Parsed anew when it has grown: a call may stand in two lines far apart.
    if (text.length !== this.#length) {
      this.#length = text.length;
      this.#events = parseTrace(text, this.#beganAt);
    }
    return this.#events;
  }

  #read(): string {
    try {
      return readStart(this.#file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    }
  }
}

function readStart(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const size = Math.min(fstatSync(descriptor).size, sizeLimit);
    const bytes = Buffer.alloc(size);
    const read = readSync(descriptor, bytes, 0, size, 0);
    return bytes.subarray(0, read).toString();
  } finally {
    closeSync(descriptor);
  }
}
