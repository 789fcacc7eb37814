/** Disk for what sandboxes write: in memory, of a size that no app can pass. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { UserId } from '../chamber/job.ts';
import { Unobservable } from '../unobservable.ts';
import type { WrittenFile } from './lab.ts';

const sizeLimit = '1g';

export interface Scratch {
  /** A layer over the code, and what else one sandbox writes to. */
  open(name: string, code: string): Layer;
}

export interface Layer {
  /** The code with the layer over it. */
  readonly merged: string;
  readonly temporary: string;
  readonly traceFolder: string;
  written(): readonly WrittenFile[];
  close(): void;
}

export function openScratch(folder: string, user: UserId | null): Scratch {
  mkdirSync(folder, { recursive: true });
  mount(['-t', 'tmpfs', '-o', `size=${sizeLimit},mode=0711`, 'tmpfs', folder]);
  return { open: (name, code) => openLayer(path.join(folder, name), { code, user }) };
}

function openLayer(
  place: string,
  { code, user }: { readonly code: string; readonly user: UserId | null },
): Layer {
  const of = (name: string): string => path.join(place, name);
  for (const name of ['upper', 'work', 'merged', 'tmp', 'trace']) mkdirSync(of(name), { recursive: true });
  chmodSync(of('tmp'), 0o1777);
  chmodSync(of('upper'), 0o755);
  if (user !== null)
    for (const name of ['upper', 'work', 'tmp', 'trace']) chownSync(of(name), user.uid, user.gid);
  // As an ordinary user only `user.*` attributes may be written.
  const own = user === null ? 'userxattr,' : '';
  const layers = `${own}lowerdir=${code},upperdir=${of('upper')},workdir=${of('work')}`;
  mount(['-t', 'overlay', '-o', layers, 'overlay', of('merged')]);
  return {
    merged: of('merged'),
    temporary: of('tmp'),
    traceFolder: of('trace'),
    written: () => [...filesIn(of('upper'), 'app'), ...filesIn(of('tmp'), 'tmp')],
    close: () => {
      spawnSync('umount', ['--lazy', of('merged')]);
      rmSync(place, { recursive: true, force: true });
    },
  };
}

function filesIn(folder: string, name: string): readonly WrittenFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const [place, inside] = [path.join(folder, entry.name), `${name}/${entry.name}`];
    if (entry.isDirectory()) return filesIn(place, inside);
    // An overlay's mark for a name that was removed.
    if (entry.isCharacterDevice()) return [{ path: inside, size: null }];
    const stat = statSync(place, { throwIfNoEntry: false });
    return entry.isFile() && stat !== undefined ? [{ path: inside, size: stat.size }] : [];
  });
}

export function bindMount(from: string, to: string): void {
  mount(['--bind', from, to]);
}

function mount(args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0)
    throw new Unobservable(
      `this system refuses a mount that the check needs: ${error?.message ?? stderr.trim()}`,
    );
}
