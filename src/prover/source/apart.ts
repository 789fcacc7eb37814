/** Reads a source in a process apart, that is killed when a file holds it up and begun again without that file. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { deserialize } from 'node:v8';

/** What is to be read. */
export type Order =
  | { readonly kind: 'code' | 'credentials' | 'routes'; readonly root: string }
  | { readonly kind: 'history'; readonly folder: string; readonly commit: string };

/** As the process is told. */
export type ToldOrder = Order & {
  readonly hard: readonly string[];
  /** One file after the other, so that the one that holds up is known. */
  readonly careful: boolean;
};

export type ReadingOutcome = { readonly result: unknown } | { readonly failure: string };

export interface Patience {
  /** How long one file may take. */
  readonly fileMs: number;
  /** How many files may be left out before the reading is given up. */
  readonly hardFiles: number;
}

const usual: Patience = { fileMs: 15_000, hardFiles: 5 };

export async function readApart(
  order: Order,
  { signal, patience = usual }: { signal: AbortSignal; patience?: Patience },
): Promise<ReadingOutcome> {
  const hard: string[] = [];
  for (let careful = false; ; careful = true) {
    signal.throwIfAborted();
    const outcome = await readOnce({ ...order, hard, careful }, { signal, fileMs: patience.fileMs });
    if (!('heldUpBy' in outcome)) return outcome;
    if (order.kind === 'code' && !careful) continue;
    if (outcome.heldUpBy === null) return { failure: 'it took too long to find out what there is' };
    if (order.kind === 'history' || hard.length === patience.hardFiles) {
      return { failure: `${outcome.heldUpBy} could not be read in time` };
    }
    hard.push(outcome.heldUpBy);
  }
}

type Attempt = ReadingOutcome | { readonly heldUpBy: string | null };

async function readOnce(
  order: ToldOrder,
  { signal, fileMs }: { signal: AbortSignal; fileMs: number },
): Promise<Attempt> {
  const child = spawn(process.execPath, [...flags, program(), JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
  });
  const kill = (): boolean => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  let last: string | null = null;
  let heldUp = false;
  const timer = setTimeout(() => {
    heldUp = true;
    kill();
  }, fileMs);
  const output: Buffer[] = [];
  let complaint = '';
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk}`.slice(-2000);
  });
  (child.stdio[3] as Readable).on('data', (chunk: Buffer) => {
    const said = chunk.toString('utf8').trimEnd();
    last = said.slice(said.lastIndexOf('\n') + 1);
    timer.refresh();
  });
  const ending = await new Promise<{ code: number | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code }));
  }).finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  });
  signal.throwIfAborted();
  if (ending.code === 0) return { result: deserialize(Buffer.concat(output)) };
  // Whoever killed it, a crash of the parser or the want of memory: it was that file.
  if (heldUp || ending.code === null || ending.code >= 128) return { heldUpBy: last };
  return {
    failure:
      complaint
        .trim()
        .split('\n')
        .find((line) => /Error/.test(line)) ?? `exit code ${ending.code}`,
  };
}

/** Trees of the parser lie outside the heap that the collector watches: a small young generation lets it look often. */
const flags = ['--max-semi-space-size=2', '--max-old-space-size=1024'];

function program(): string {
  const compiled = path.join(import.meta.dirname, 'read-process.js');
  return existsSync(compiled) ? compiled : path.join(import.meta.dirname, 'read-process.ts');
}
