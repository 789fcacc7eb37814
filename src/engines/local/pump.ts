/**
 * The pump: `split`, which copies what an app writes from its FIFO into segment files.
 *
 * It is no process of ours and survives them all, writes what it reads at once, and ends by itself when the last writer is
 * gone. When it is killed alone its app waits at the next full pipe, for process 1 of the sandbox keeps the FIFO open both
 * ways, until another pump goes on at the next segment. What the dead one had read and not yet written is lost.
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { unlessGone } from './proc.ts';

/** As launch.sh tells it. */
export const segmentBytes = 8 * 1024 * 1024;
const pipeBytes = 64 * 1024;

/** The pump of one run, as seen by whoever watches over it. */
export class Pump {
  readonly #folder: string;
  readonly #fifo: string;
  /** Read by nobody as long as a pump does: it keeps what is in the pipe when all others have let go. */
  #end: number | null;
  #known: number | null = null;

  /** @param folder of the run; its FIFO is there. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#fifo = fifoOf(folder);
    this.#end = openSync(this.#fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  /** A process is the run's pump, or about to become it, when its arguments name the folder. */
  get isRunning(): boolean {
    const pid = this.#pid;
    const command = pid === null ? null : unlessGone(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    return command?.includes(this.#folder) ?? false;
  }

  /** Whether there was one that is no more. */
  get isGone(): boolean {
    return this.#pid !== null && !this.isRunning;
  }

  /** Starts another at the next segment. */
  restart(): void {
    // Without an end open for writing, opening the other would wait for one.
    const anchor = openSync(this.#fifo, constants.O_RDWR);
    const input = openSync(this.#fifo, constants.O_RDONLY);
    const sizes = ['-b', String(segmentBytes), '-a', '9', `--numeric-suffixes=${this.#nextSegment}`];
    try {
      const pump = spawn('split', [...sizes, '-', path.join(this.#folder, 'seg.')], {
        cwd: '/',
        detached: true,
        stdio: [input, 'ignore', 'ignore'],
      });
      pump.unref();
      writeFileSync(path.join(this.#folder, 'pump'), `${pump.pid}\n`);
      this.#known = pump.pid ?? null;
    } finally {
      closeSync(input);
      closeSync(anchor);
    }
  }

  /** Once nothing writes any more: saves what a killed pump left in the pipe as the last segment. */
  finish(): void {
    if (this.#end === null) return;
    if (!this.isRunning) this.#saveRest(this.#end);
    this.release();
  }

  #saveRest(end: number): void {
    const rest = Buffer.alloc(pipeBytes);
    let length = 0;
    for (let got = -1; got !== 0 && length < rest.length; length += got)
      got = readNow(end, rest.subarray(length));
    if (length > 0) writeFileSync(segmentFile(this.#folder, this.#nextSegment), rest.subarray(0, length));
  }

  /** Lets go without touching it. */
  release(): void {
    if (this.#end !== null) closeSync(this.#end);
    this.#end = null;
  }

  get #pid(): number | null {
    const pid =
      this.#known ?? Number(unlessGone(() => readFileSync(path.join(this.#folder, 'pump'), 'utf8')));
    if (pid > 0) this.#known = pid;
    return this.#known;
  }

  get #nextSegment(): number {
    return (segmentsIn(this.#folder).at(-1) ?? -1) + 1;
  }
}

/** Of a run that may have got no further than its folder. */
export function findPump(folder: string): Pump | null {
  return existsSync(fifoOf(folder)) ? new Pump(folder) : null;
}

/** Numbers of the segments there are, ascending. */
export function segmentsIn(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => (/^seg\.\d{9}$/.test(name) ? [Number(name.slice(4))] : []))
    .sort((a, b) => a - b);
}

export function segmentFile(folder: string, number: number): string {
  return path.join(folder, `seg.${String(number).padStart(9, '0')}`);
}

function fifoOf(folder: string): string {
  return path.join(folder, 'output');
}

/** Bytes read, 0 when there are none now. */
function readNow(descriptor: number, into: Buffer): number {
  try {
    return readSync(descriptor, into);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
