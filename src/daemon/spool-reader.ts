/**
 * Takes the routers' request lines into the logs of the apps they were for.
 *
 * Each router has a folder of its own under the spool, with segments it only appends to (router/spool.ts). Where a line
 * stands is kept with the line, per app, so that after a crash none is stored twice; a segment goes once the next one exists
 * and all of it is stored, a folder once its router is gone.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { isDiskFull } from '../base/error.ts';
import type { LogBatch } from '../factors/11-logs/log-batch.ts';
import type { LogStore } from '../store/logs/log-store.ts';

export interface SpoolContext {
  readonly log: LogStore;
  readonly now: () => number;
}

const lookEveryMs = 100;
const chunkBytes = 1024 * 1024;
/** Greater than any segment: position = segment number times this, plus offset. */
const segmentSpan = 1024 * 1024 * 1024;

export function openSpoolReader(folder: string, context: SpoolContext): { close(): Promise<void> } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const readers = new Map<string, RouterSpool>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let looking = Promise.resolve();
  const look = async (): Promise<void> => {
    for (const name of readdirSync(folder)) {
      const reader = readers.get(name) ?? new RouterSpool(path.join(folder, name), context);
      readers.set(name, reader);
      if (!(await readUnlessFull(reader))) readers.delete(name);
    }
    if (!closed) timer = setTimeout(() => (looking = look()), lookEveryMs);
  };
  looking = look();
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

/** Request lines that a full disk does not take wait in their spool. */
async function readUnlessFull(reader: RouterSpool): Promise<boolean> {
  try {
    return await reader.read();
  } catch (error) {
    if (isDiskFull(error)) return true;
    throw error;
  }
}

class RouterSpool {
  readonly #folder: string;
  readonly #context: SpoolContext;
  readonly #instance: string;
  #segment = -1;
  #offset = 0;

  constructor(folder: string, context: SpoolContext) {
    this.#folder = folder;
    this.#context = context;
    this.#instance = path.basename(folder);
  }

  /** False when its router is gone and nothing is left to read. */
  async read(): Promise<boolean> {
    for (;;) {
      const segments = segmentsIn(this.#folder);
      const current = segments.find((number) => number >= this.#segment);
      if (current === undefined) return this.#isWanted();
      if (current !== this.#segment) {
        this.#segment = current;
        this.#offset = 0;
      }
      if (await this.#readSegment()) continue;
      if (segments.at(-1) === current) return this.#isWanted();
      rmSync(segmentFile(this.#folder, current), { force: true });
      this.#segment = current + 1;
      this.#offset = 0;
    }
  }

  /** A folder is named after its router's pid. */
  #isWanted(): boolean {
    const pid = /^router-(\d+)/.exec(this.#instance)?.[1];
    if (pid !== undefined && existsSync(`/proc/${pid}`)) return true;
    const left = segmentsIn(this.#folder).some(
      (number) =>
        statSync(segmentFile(this.#folder, number)).size > (number === this.#segment ? this.#offset : 0),
    );
    if (left) return true;
    rmSync(this.#folder, { recursive: true, force: true });
    return false;
  }

  async #readSegment(): Promise<boolean> {
    const chunk = await readChunk(segmentFile(this.#folder, this.#segment), this.#offset);
    const end = chunk.lastIndexOf(0x0a) + 1;
    if (end === 0) return false;
    const base = this.#segment * segmentSpan + this.#offset;
    for (const [appId, lines] of byApp(chunk.toString('utf8', 0, end), base)) this.#store(appId, lines);
    this.#offset += end;
    return true;
  }

  #store(appId: string, lines: readonly SpoolLine[]): void {
    const { log } = this.#context;
    const kept = log.position(appId, this.#instance);
    const fresh = lines.filter(({ end }) => end > kept.end);
    const last = fresh.at(-1);
    if (last === undefined) return;
    const bytes = Buffer.from(fresh.map(({ text }) => `${text}\n`).join(''));
    const what = { source: 'dozen', process: 'router', instance: this.#instance } as const;
    const batch: LogBatch = {
      at: last.at,
      sequence: kept.sequence + 1,
      lines: fresh.length,
      bytes,
      end: last.end,
      ...what,
    };
    log.append(appId, batch);
  }
}

interface SpoolLine {
  readonly at: number;
  readonly text: string;
  /** Position behind it. */
  readonly end: number;
}

/** Lines for no app are the edge's own affair and not kept. */
function byApp(text: string, base: number): Map<string, SpoolLine[]> {
  const apps = new Map<string, SpoolLine[]>();
  let end = base;
  for (const line of text.split('\n').slice(0, -1)) {
    end += Buffer.byteLength(line) + 1;
    const [appId = '-', at = '0', ...rest] = line.split('\t');
    if (appId === '-') continue;
    const lines = apps.get(appId) ?? [];
    lines.push({ at: Number(at), text: rest.join('\t'), end });
    apps.set(appId, lines);
  }
  return apps;
}

function segmentsIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => (/^seg\.\d{9}$/.test(name) ? [Number(name.slice(4))] : []))
    .sort((a, b) => a - b);
}

function segmentFile(folder: string, number: number): string {
  return path.join(folder, `seg.${String(number).padStart(9, '0')}`);
}

async function readChunk(file: string, offset: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
