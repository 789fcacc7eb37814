/** What an instance prints, line by line, with the time at which each was read. */
import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';

export interface OutputLine {
  readonly atMs: number;
  readonly text: string;
}

/**
 * What says most of why a process ended: its last line, or, where that is the tail of a stack trace, the error that the trace
 * begins with.
 */
export function tellingLine(lines: readonly OutputLine[]): string {
  const said = lines.map(({ text }) => text).filter((text) => text.trim() !== '');
  const last = said.at(-1) ?? 'it printed nothing';
  if (!/^(?:Node\.js v\d|\s+at |\s*[\]})])/.test(last)) return last;
  const beginning = said.findLast((text) => !ofTrace.test(text)) ?? last;
  if (errorLine.test(beginning)) return beginning;
  return said.slice(-traceLines).findLast((text) => /^[\w.]*(?:Error|Exception)\b/.test(text)) ?? last;
}

/** Node shows an error with its trace and all that hangs on it. */
const ofTrace = /^\s|^[\]})]|^Node\.js v\d|^Emitted '/;
/** Some drivers begin theirs in small letters. */
const errorLine = /^(?:[\w.]*(?:Error|Exception)\b|error: )/;
/** An error of several lines begins not far from its end. */
const traceLines = 40;

/** The last lines, as many as are shown; of a stack trace that is longer its beginning, which says what it is of. */
export function lastWords(lines: readonly OutputLine[], count: number): readonly OutputLine[] {
  const telling = lines.length === 0 ? null : tellingLine(lines);
  const at = lines.findLastIndex(({ text }) => text === telling);
  return at === -1 || at >= lines.length - count ? lines.slice(-count) : lines.slice(at, at + count);
}

/** Bytes kept of one instance; what comes after is read and counted, so that no writer is held up. */
const keptBytes = 8 * 1024 * 1024;
/** Empty lines cost memory too. */
const keptLines = 200_000;
/** A longer line is cut into pieces. */
const longestLine = 64 * 1024;

export class Output {
  readonly #lines: OutputLine[] = [];
  readonly #now: () => number;
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly ended: Promise<void>;
  #held = '';
  #bytes = 0;
  #over = false;

  constructor(stream: Readable, now: () => number) {
    this.#now = now;
    const decoder = new TextDecoder();
    stream.on('data', (chunk: Buffer) => this.#take(decoder, chunk));
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        if (this.#over) return;
        this.#over = true;
        if (this.#held !== '') this.#lines.push({ atMs: this.#now(), text: this.#held });
        this.#events.emit('line');
        resolve();
      };
      // A pipe whose writers were killed may end with an error.
      stream.on('end', end).on('close', end).on('error', end);
    });
  }

  lines(): readonly OutputLine[] {
    return this.#lines;
  }

  /** Of all that was printed, kept or not. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The first line that matches, past or to come; null when there is none before the end or the time is over. */
  async find(matches: (line: string) => boolean, withinMs: number): Promise<OutputLine | null> {
    const limit = AbortSignal.timeout(Math.max(1, withinMs));
    for (let at = 0; ; ) {
      for (; at < this.#lines.length; at += 1) {
        const line = this.#lines[at];
        if (line !== undefined && matches(line.text)) return line;
      }
      if (this.#over || limit.aborted) return null;
      await this.#change(limit);
    }
  }

  #take(decoder: TextDecoder, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > keptBytes || this.#lines.length >= keptLines) return;
    const pieces = (this.#held + decoder.decode(chunk, { stream: true })).split('\n').flatMap(cut);
    this.#held = pieces.pop() ?? '';
    const atMs = this.#now();
    for (const text of pieces) this.#lines.push({ atMs, text });
    if (pieces.length > 0) this.#events.emit('line');
  }

  #change(limit: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#events.off('line', done);
        limit.removeEventListener('abort', done);
        resolve();
      };
      this.#events.once('line', done);
      limit.addEventListener('abort', done, { once: true });
    });
  }
}

function cut(line: string): readonly string[] {
  if (line.length <= longestLine) return [line];
  const count = Math.ceil(line.length / longestLine);
  return Array.from({ length: count }, (_, at) => line.slice(at * longestLine, (at + 1) * longestLine));
}
