/**
 * FIFOs made ahead. Only a program can make one, and a start should not wait for it: one call makes several, and a start
 * takes the next by renaming it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { platformError } from '../../../base/error.ts';

export interface Pipes {
  /** Puts a FIFO that everyone may write to at this path, on the same file system. */
  take(target: string): void;
}

/** @param folder of these pipes alone: what an earlier run left in it goes. */
export function openPipes(folder: string, { ahead }: { readonly ahead: number }): Pipes {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const free: string[] = [];
  let made = 0;
  return {
    take(target) {
      if (free.length === 0) {
        free.push(...Array.from({ length: ahead }, (_, at) => path.join(folder, String(made + at))));
        make(free);
        made += ahead;
      }
      renameSync(free.shift() ?? '', target);
    },
  };
}

/** 0666, for the app opens it by name too: `/dev/stdout`. Nobody else gets through the folders above it. */
function make(files: readonly string[]): void {
  const { status, stderr } = spawnSync('mkfifo', ['-m', '666', ...files], { encoding: 'utf8' });
  if (status === 0) return;
  throw platformError('PIPES_NOT_MADE', `Cannot make the pipes of a process: ${stderr.trim()}`, {
    hint: 'Look at free space and inodes below DOZEN_HOME with df -h and df -i',
  });
}
