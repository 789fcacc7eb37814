/** A folder for one check, named by the process it belongs to: what a killed one left is removed by the next. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const shelf = '/var/tmp';
const prefix = 'dozen-check-';

export interface WorkFolder {
  readonly path: string;
  remove(): void;
}

export function makeWorkFolder(): WorkFolder {
  sweep();
  const folder = mkdtempSync(path.join(shelf, `${prefix}${process.pid}-${bornAt(process.pid)}-`));
  // The app's user passes through it to its own code.
  chmodSync(folder, 0o711);
  return { path: folder, remove: () => remove(folder) };
}

function sweep(): void {
  for (const name of readdirSync(shelf)) {
    const [, pid, born] = /^dozen-check-(\d+)-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && bornAt(Number(pid)) !== born) remove(path.join(shelf, name));
  }
}

/** In clock ticks since boot; empty when there is no such process. */
function bornAt(pid: number): string {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return '';
  return (
    readFileSync(file, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19] ?? ''
  );
}

/** Of another user's that is not ours to remove, nothing is said: its owner's next check does it. */
function remove(folder: string): void {
  spawnSync('chmod', ['-R', 'u+rwX', folder], { stdio: 'ignore' });
  spawnSync('rm', ['-rf', '--one-file-system', folder], { stdio: 'ignore' });
}
