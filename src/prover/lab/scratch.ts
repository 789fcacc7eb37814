/** Disk for what sandboxes write: in memory, of a size that no app can pass. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, type Dirent, mkdirSync, readdirSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { UserId } from '../chamber/job.ts';
import type { WrittenFile } from './lab.ts';
import { memoryMount, mount } from './mount.ts';

/** Of one sandbox. */
const sizeLimit = '512m';
const filesLimit = 100_000;

export interface Scratch {
  /** A layer over the code, and what else one sandbox writes to. */
  open(name: string, code: string): Layer;
}

export interface Layer {
  /** The code with the layer over it: `/app`. */
  readonly merged: string;
  /** `/tmp`, `/var/tmp`, `/dev/shm`. */
  readonly temporary: string;
  readonly lasting: string;
  readonly shared: string;
  /** `/run/trace` where system calls are recorded, with the file `calls` in it. */
  readonly traceFolder: string;
  /** For a FIFO that no sandbox sees. */
  readonly output: string;
  written(): readonly WrittenFile[];
  /** Of all that is in it. */
  bytes(): number;
  close(): void;
}

export function openScratch(folder: string, user: UserId | null): Scratch {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o711);
  return { open: (name, code) => openLayer(path.join(folder, name), { code, user }) };
}

/** Memory of its own for each: one that is full is nobody else's trouble. */
function openLayer(
  place: string,
  { code, user }: { readonly code: string; readonly user: UserId | null },
): Layer {
  const of = (name: string): string => path.join(place, name);
  mkdirSync(place);
  memoryMount(place, { size: sizeLimit, files: filesLimit });
  for (const name of ['upper', 'work', 'merged', 'tmp', 'lasting', 'shared', 'trace']) mkdirSync(of(name));
  for (const name of ['tmp', 'lasting', 'shared']) chmodSync(of(name), 0o1777);
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
    lasting: of('lasting'),
    shared: of('shared'),
    traceFolder: of('trace'),
    output: of('output'),
    written: () => [
      ...filesIn(of('upper'), 'app'),
      ...filesIn(of('tmp'), 'tmp'),
      ...filesIn(of('lasting'), 'var/tmp'),
    ],
    bytes: () => {
      const { blocks, bfree, bsize } = statfsSync(place);
      return (blocks - bfree) * bsize;
    },
    close: () => void spawnSync('umount', ['--lazy', '--recursive', place]),
  };
}

function filesIn(folder: string, name: string): readonly WrittenFile[] {
  return entriesIn(folder).flatMap((entry) => {
    const [place, inside] = [path.join(folder, entry.name), `${name}/${entry.name}`];
    if (entry.isDirectory()) return filesIn(place, inside);
    // An overlay's mark for a name that was removed.
    if (entry.isCharacterDevice()) return [{ path: inside, size: null }];
    const stat = statSync(place, { throwIfNoEntry: false });
    return entry.isFile() && stat !== undefined ? [{ path: inside, size: stat.size }] : [];
  });
}

/** Folders come and go while they are looked at; one whose path is too long for the kernel can be read by nobody but its maker. */
function entriesIn(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return [];
    throw error;
  }
}
