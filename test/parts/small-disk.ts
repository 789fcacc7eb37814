/** Runs a test's program on a disk of its own that is soon full. */
import { spawnSync } from 'node:child_process';

export interface SmallDisk {
  /** Source of an ES module; the disk is its working folder. */
  readonly program: string;
  readonly bytes: number;
}

/** What the program printed; null where this machine lets nobody mount. */
export function runOnSmallDisk({ program, bytes }: SmallDisk): string | null {
  const root = process.getuid?.() === 0;
  const script = 'mount -t tmpfs -o "size=$1" dozen-test /mnt && cd /mnt && shift && exec "$@"';
  const apart = root ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
  const node = [process.execPath, '--input-type=module', '--eval', program];
  const run = spawnSync('unshare', [...apart, 'sh', '-c', script, 'sh', String(bytes), ...node], {
    encoding: 'utf8',
  });
  if (run.status !== 0 && /unshare|mount/.test(run.stderr) && run.stdout === '') return null;
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout;
}
