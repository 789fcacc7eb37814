/** This terminal, given to a run for a while: keys go through as they are typed, and it is given back however that ends. */
import { spawnSync } from 'node:child_process';
import { type DozenError, platformError } from '../../base/error.ts';
import { openModes } from './modes.ts';

export interface TakenTerminal {
  /** What the run shows. */
  see(bytes: Uint8Array): void;
  onResize(tell: (size: { readonly columns: number; readonly rows: number }) => void): void;
  /** May be called twice. */
  restore(): void;
  /** What ends the modes that the run has switched on and not off. */
  undo(): string;
}

/** @throws TERMINAL_NOT_TAKEN */
export function takeTerminal(): TakenTerminal {
  const { stdin, stdout } = process;
  const modes = openModes();
  const off = new AbortController();
  const restore = (): void => {
    if (off.signal.aborted) return;
    off.abort();
    stdin.setRawMode(false);
    process.off('exit', restore);
  };
  process.on('exit', restore);
  stdin.setRawMode(true);
  // What Node calls raw still turns each line feed into two characters; the run's own terminal has done that.
  const { status, error, stderr } = spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'pipe'] });
  if (status !== 0) {
    restore();
    throw notTaken(error?.message ?? stderr.toString().trim());
  }
  return {
    see: (bytes) => modes.see(bytes),
    onResize(tell) {
      const resized = (): void => tell({ columns: stdout.columns, rows: stdout.rows });
      stdout.on('resize', resized);
      off.signal.addEventListener('abort', () => stdout.off('resize', resized), { once: true });
      // It may have changed since the run was asked for.
      resized();
    },
    restore,
    undo: () => modes.undo(),
  };
}

function notTaken(why: string): DozenError {
  return platformError('TERMINAL_NOT_TAKEN', `Cannot give this terminal to the run: stty says ${why}`, {
    hint: 'Run it with --no-tty, or install stty',
  });
}
