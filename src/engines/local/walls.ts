/** What all sandboxes of an engine share: the skeleton, the identities, what of the machine they see, and their volumes. */
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Volume } from '../engine.ts';
import type { Bind } from './sandbox/fstab.ts';
import { makeIdentity, makeSkeleton, type Person, systemBinds } from './sandbox/skeleton.ts';

export interface Walls {
  readonly binds: readonly Bind[];
  /** The lowest layers: who the process is, and the empty system. */
  lowers(person: Person): Promise<readonly string[]>;
  volumes(ownerId: string, volumes: readonly Volume[], person: Person): readonly Bind[];
  removeVolumes(ownerId: string): void;
}

const systemFiles = ['/etc/hosts', '/etc/resolv.conf'];

/** @param name of this engine's start: skeletons of earlier ones stay as long as a run is mounted on them. */
export async function openWalls(folder: string, name: string): Promise<Walls> {
  const layers = path.join(folder, 'base');
  mkdirSync(layers, { recursive: true, mode: 0o700 });
  removeUnused(layers, path.join(folder, 'runs'));
  const skeleton = await makeSkeleton(layers, `skeleton-${name}`);
  const binds = [...(await systemBinds()), ...systemFiles].map((source) => ({
    source,
    target: source,
    writable: false,
  }));
  const volumeOf = (ownerId: string): string => path.join(folder, 'volumes', ownerId);
  return {
    binds,
    lowers: async (person) => [await makeIdentity(layers, person), skeleton],
    volumes: (ownerId, volumes, person) =>
      volumes.map(({ name: volume, path: target }) => ({
        source: makeVolume(folder, { ownerId, volume, person }),
        target,
        writable: true,
      })),
    removeVolumes: (ownerId) => rmSync(volumeOf(ownerId), { recursive: true, force: true }),
  };
}

/** Makes the folder of a volume under an engine's folder if it is not there, and names it. */
export function makeVolume(
  folder: string,
  { ownerId, volume, person }: { readonly ownerId: string; readonly volume: string; readonly person: Person },
): string {
  const place = path.join(folder, 'volumes', ownerId, volume);
  mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
  mkdirSync(place, { recursive: true });
  chmodSync(place, 0o700);
  if (process.getuid?.() === 0) chownSync(place, person.uid, person.gid);
  return place;
}

function removeUnused(layers: string, runs: string): void {
  mkdirSync(runs, { recursive: true, mode: 0o700 });
  const mounts = readdirSync(runs).map((run) => fstabIn(path.join(runs, run)));
  for (const name of readdirSync(layers).filter((entry) => entry.startsWith('skeleton-'))) {
    const skeleton = path.join(layers, name);
    if (!mounts.some((fstab) => fstab.includes(skeleton))) rmSync(skeleton, { recursive: true, force: true });
  }
}

function fstabIn(run: string): string {
  try {
    return readFileSync(path.join(run, 'fstab'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
