/**
 * Holds one terminal: `node terminal-holder.ts COLUMNS ROWS`, a process of its own, for two reasons. What opens the terminal is
 * native code and does not belong into the engine; and its descriptors have no close-on-exec, so whoever has them must start
 * nothing.
 *
 * ```
 * descriptor 3   lines of JSON: { device } or { missing } from here; { started } and { resize } to here
 * descriptor 4   bytes: what is typed, to here; what is shown, from here
 * ```
 * It ends, and hangs the terminal up, when nobody has the slave any more or descriptor 4 is closed.
 */
import { closeSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { fromNdjson, toNdjson } from '../../base/ndjson.ts';
import type { TerminalSize } from '../engine.ts';

export type FromHolder = { readonly device: string } | { readonly missing: string };
export type ToHolder = { readonly started: true } | { readonly resize: TerminalSize };

/** Of node-pty: the two functions of its native half that are used here. */
interface Native {
  open(
    columns: number,
    rows: number,
  ): { readonly master: number; readonly slave: number; readonly pty: string };
  resize(master: number, columns: number, rows: number): void;
}

const retryFullTerminalMs = 5;

async function hold({ columns, rows }: TerminalSize): Promise<void> {
  const orders = new Socket({ fd: 3 });
  const native = loadNative();
  if ('missing' in native) return void orders.end(toNdjson(native satisfies FromHolder));
  const { master, slave, pty } = native.open(columns, rows);
  const bytes = new Socket({ fd: 4, allowHalfOpen: true });
  bytes.once('close', () => process.exit());
  orders.write(toNdjson({ device: pty } satisfies FromHolder));
  void type(bytes, master);
  for await (const order of fromNdjson<ToHolder>(orders)) {
    if ('resize' in order) native.resize(master, order.resize.columns, order.resize.rows);
    else {
      show(master, bytes);
      closeSync(slave);
    }
  }
}

function loadNative(): Native | { readonly missing: string } {
  try {
    return createRequire(import.meta.url)(`@lydell/node-pty-linux-${process.arch}/pty.node`) as Native;
  } catch (error) {
    return { missing: (error as Error).message.split('\n')[0] ?? '' };
  }
}

/** A terminal whose last process is gone is read to its end, and then says EIO. */
function show(master: number, bytes: Socket): void {
  const shown = new ReadStream(master);
  shown.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EIO') throw error;
    bytes.end(() => process.exit());
  });
  shown.pipe(bytes, { end: false });
}

/** The descriptor does not block: a terminal that takes no more now is asked again. */
async function type(bytes: Socket, master: number): Promise<void> {
  for await (const chunk of bytes.iterator({ destroyOnReturn: false })) {
    for (let rest = chunk as Buffer; rest.length > 0; ) {
      const written = writeNow(master, rest);
      if (written === 0) await sleep(retryFullTerminalMs);
      rest = rest.subarray(written);
    }
  }
  // Whoever held the other end has let go.
  process.exit();
}

function writeNow(master: number, bytes: Buffer): number {
  try {
    return writeSync(master, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

const [columns, rows] = process.argv.slice(2).map(Number);
await hold({ columns: columns ?? 80, rows: rows ?? 24 });
