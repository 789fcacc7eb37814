/** Mounts of the chamber's own: the machine sees none of them, and they end with it. */
import { spawnSync } from 'node:child_process';
import { Unobservable } from '../unobservable.ts';

export interface Memory {
  /** As `mount` takes it. */
  readonly size: string;
  readonly files: number;
  /** Default: who knows a name may go through. */
  readonly mode?: string;
}

export function memoryMount(folder: string, { size, files, mode = '0711' }: Memory): void {
  mount(['-t', 'tmpfs', '-o', `size=${size},nr_inodes=${files},mode=${mode}`, 'tmpfs', folder]);
}

export function bindMount(from: string, to: string): void {
  mount(['--bind', from, to]);
}

/** @throws Unobservable */
export function mount(args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0)
    throw new Unobservable(
      `this system refuses a mount that the check needs: ${error?.message ?? stderr.trim()}`,
    );
}
