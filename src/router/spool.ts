/**
 * Where the router leaves its request lines for the runner, which tails, stores and deletes them: a folder of segments
 * `seg.000000000`, `seg.000000001`, …, appended to and never rewritten. A segment is complete when the next one exists.
 *
 * One line is `<app id, or ->\t<milliseconds since the epoch>\t<text>\n`. Lines are gathered for `gatherMs` and written together, one
 * write at a time. A disk that does not take them is tried again each `retryMs`; beyond `limitBytes` lines
 * are dropped, and a line that says how many follows in their place. Lines are not synced: they outlive this process, not
 * the machine.
 */
import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { platformError } from '../base/error.ts';

export interface Spool {
  /** Returns at once. `text`: one line. */
  write(appId: string | null, at: number, text: string): void;
  /** Writes what is held; rejects with `SPOOL_NOT_WRITTEN` when that fails. */
  close(): Promise<void>;
}

export interface SpoolOptions {
  readonly segmentBytes: number;
  /** Held in memory. */
  readonly limitBytes: number;
  readonly gatherMs: number;
  readonly retryMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export const defaultSpoolOptions: SpoolOptions = {
  segmentBytes: 8 * 1024 * 1024,
  limitBytes: 4 * 1024 * 1024,
  gatherMs: 10,
  retryMs: 1_000,
  now: Date.now,
};

/** A new segment after those that are there: what a killed router left half-written stays as it is. */
export async function openSpool(folder: string, options: Partial<SpoolOptions> = {}): Promise<Spool> {
  await mkdir(folder, { recursive: true });
  const numbers = (await readdir(folder)).map((name) => Number(/^seg\.([0-9]{9})$/.exec(name)?.[1] ?? -1));
  const spool = new SegmentSpool(folder, { ...defaultSpoolOptions, ...options });
  await spool.openSegment(Math.max(-1, ...numbers) + 1);
  return spool;
}

const empty = Buffer.alloc(0);

class SegmentSpool implements Spool {
  readonly #folder: string;
  readonly #options: SpoolOptions;
  #segment: FileHandle | null = null;
  #number = 0;
  #segmentBytes = 0;
  /** Not yet handed to a write. */
  #lines = '';
  #dropped = 0;
  /** What a write has not taken. */
  #rest: Buffer = empty;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #closed = false;

  constructor(folder: string, options: SpoolOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  write(appId: string | null, at: number, text: string): void {
    if (this.#closed || this.#lines.length + this.#rest.length + text.length > this.#options.limitBytes) {
      this.#dropped++;
    } else {
      this.#lines += spoolLine(appId, at, text);
    }
    this.#schedule(this.#options.gatherMs);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#writing;
    try {
      await this.#writeOut();
    } catch (cause) {
      const bytes = this.#rest.length + this.#lines.length;
      throw platformError(
        'SPOOL_NOT_WRITTEN',
        `Cannot write ${bytes} bytes of request lines to ${JSON.stringify(this.#folder)}: ${String(cause)}`,
        { hint: 'Check the space and the permissions of that folder', cause },
      );
    } finally {
      await this.#segment?.close();
    }
  }

  /** The segment before it has got its last byte when the next one appears. */
  async openSegment(number: number): Promise<void> {
    const file = path.join(this.#folder, `seg.${String(number).padStart(9, '0')}`);
    const next = await open(file, 'ax', 0o600);
    await this.#segment?.close();
    this.#segment = next;
    this.#number = number;
    this.#segmentBytes = 0;
  }

  #schedule(ms: number): void {
    if (this.#timer !== null || this.#writing !== null || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#writing = this.#writeAndGoOn();
    }, ms);
  }

  async #writeAndGoOn(): Promise<void> {
    let nextMs = this.#options.gatherMs;
    try {
      await this.#writeOut();
    } catch {
      // Nothing is lost yet: the rest is kept and tried again; what does not fit any more is counted and announced.
      nextMs = this.#options.retryMs;
    }
    this.#writing = null;
    if (this.#lines !== '' || this.#rest.length > 0) this.#schedule(nextMs);
  }

  async #writeOut(): Promise<void> {
    await this.#writeRest();
    if (this.#lines === '' && this.#dropped === 0) return;
    this.#rest = Buffer.from(this.#lines + this.#takeDropped());
    this.#lines = '';
    if (this.#segmentBytes > 0 && this.#segmentBytes + this.#rest.length > this.#options.segmentBytes) {
      await this.openSegment(this.#number + 1);
    }
    await this.#writeRest();
  }

  async #writeRest(): Promise<void> {
    while (this.#rest.length > 0 && this.#segment !== null) {
      const { bytesWritten } = await this.#segment.write(this.#rest);
      this.#segmentBytes += bytesWritten;
      this.#rest = this.#rest.subarray(bytesWritten);
    }
  }

  #takeDropped(): string {
    if (this.#dropped === 0) return '';
    const text = `at=warning code=LINES_DROPPED desc="The disk did not take request lines in time" lines=${this.#dropped}`;
    this.#dropped = 0;
    return spoolLine(null, this.#options.now(), text);
  }
}

function spoolLine(appId: string | null, at: number, text: string): string {
  const line = text.includes('\n') ? text.replaceAll('\n', '\\n') : text;
  return `${appId ?? '-'}\t${at}\t${line}\n`;
}
