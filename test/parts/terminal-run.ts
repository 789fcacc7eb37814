/** A program on a terminal of its own, as a person has it: the other end of a real pty. */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ReadStream } from 'node:tty';

/** Of node-pty: its native half, which starts a program as the leader of the terminal's session. */
interface Native {
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    columns: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helper: string,
    onExit: (code: number, signal: number) => void,
  ): { readonly fd: number; readonly pid: number; readonly pty: string };
  resize(fd: number, columns: number, rows: number): void;
}

export interface TerminalRun {
  readonly pid: number;
  type(text: string): void;
  resize(columns: number, rows: number): void;
  /** What it has shown from the last call on until the text is in it; rejects with what it has shown when it ends or takes too long. */
  until(text: string | RegExp): Promise<string>;
  /** With its terminal, whatever it is at. */
  end(): void;
  readonly ended: Promise<{ readonly code: number; readonly signal: number }>;
}

export interface TerminalOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly columns: number;
  readonly rows: number;
}

const limitMs = 30_000;

export function runOnTerminal(
  [program = '', ...args]: readonly string[],
  { env, columns, rows }: TerminalOptions,
): TerminalRun {
  const native = createRequire(import.meta.url)(`@lydell/node-pty-linux-${process.arch}/pty.node`) as Native;
  const { promise: ended, resolve } = Promise.withResolvers<{ code: number; signal: number }>();
  let isExited = false;
  const pairs = Object.entries({ ...process.env, ...env }).map(([name, value]) => `${name}=${value}`);
  const onExit = (code: number, signal: number): void => {
    isExited = true;
    resolve({ code, signal });
  };
  const { fd, pid } = native.fork(program, args, pairs, '/', columns, rows, -1, -1, true, '', onExit);
  const shown = new ReadStream(fd);
  let text = '';
  let isOver = false;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const each of waiting) each();
  };
  shown.on('data', (chunk) => {
    text += chunk.toString();
    wake();
  });
  // A terminal whose last process is gone says EIO.
  shown.on('error', () => shown.destroy());
  shown.once('close', () => {
    isOver = true;
    wake();
  });
  return {
    pid,
    ended,
    end() {
      shown.destroy();
      if (!isExited) process.kill(pid, 'SIGKILL');
    },
    type: (keys) => void writeSync(fd, keys),
    resize: (wide, high) => native.resize(fd, wide, high),
    async until(wanted) {
      const deadline = AbortSignal.timeout(limitMs);
      deadline.addEventListener('abort', wake);
      for (;;) {
        const found = typeof wanted === 'string' ? text.indexOf(wanted) : text.search(wanted);
        if (found >= 0) {
          const seen = text;
          text = '';
          return seen;
        }
        if (isOver || deadline.aborted) throw new Error(`not shown: ${wanted}\n${JSON.stringify(text)}`);
        await new Promise<void>((again) => {
          const woken = (): void => {
            waiting.delete(woken);
            again();
          };
          waiting.add(woken);
        });
      }
    },
  };
}
