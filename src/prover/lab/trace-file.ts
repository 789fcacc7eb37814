/** The file that strace writes, read as far as whole lines go. */
import { readFileSync } from 'node:fs';
import { parseTrace, type Trace } from './trace.ts';

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
      return readFileSync(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    }
  }
}
