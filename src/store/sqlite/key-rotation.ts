/**
 * A new master key in the place of the old, in the store and in the key's file. Whatever is cut off, one of the two files holds
 * the key that the store takes, and `finishKeyRotation` knows which:
 *
 * ```
 * master.key.next written ─► every data key wrapped anew, in one transaction ─► master.key.next becomes master.key
 *     └ cut off: the store takes the old key,      └ cut off: it takes the new one,
 *       the new one goes                             which becomes master.key
 * ```
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createFileOnce, syncFolder } from '../durable-file.ts';
import { purgeStoreLog, rotateMasterKey, storeKeyId } from './data-keys.ts';
import { loadMasterKey, type MasterKey, readMasterKey } from './master-key.ts';

export interface KeyPlace {
  /** The home's `keys` folder. */
  readonly folder: string;
  /** The store's file. */
  readonly store: string;
}

export type RotationStep = 'kept' | 'rotated' | 'renamed';

/**
 * An admin process: nobody else has the store open. Gives the new key.
 * @param reached told after each step.
 */
export function rotateKeyFile(
  place: KeyPlace,
  reached: (step: RotationStep) => void = () => undefined,
): MasterKey {
  finishKeyRotation(place);
  const from = loadMasterKey(place.folder, { variable: undefined, create: false });
  createFileOnce(nextFile(place), `${randomBytes(32).toString('hex')}\n`);
  const to = readMasterKey(nextFile(place));
  reached('kept');
  rotateMasterKey(place.store, { from, to });
  reached('rotated');
  putInPlace(place);
  reached('renamed');
  return to;
}

/** What a rotation that was cut off left, brought to an end. Where there was none it does nothing. */
export function finishKeyRotation(place: KeyPlace): void {
  for (const name of existsSync(place.folder) ? readdirSync(place.folder) : []) {
    if (name.startsWith('master.key.next.')) rmSync(path.join(place.folder, name));
  }
  if (!existsSync(nextFile(place))) return;
  if (storeKeyId(place.store) === readMasterKey(nextFile(place)).id) {
    purgeStoreLog(place.store);
    putInPlace(place);
    return;
  }
  rmSync(nextFile(place));
  syncFolder(place.folder);
}

function putInPlace({ folder, store }: KeyPlace): void {
  renameSync(nextFile({ folder, store }), path.join(folder, 'master.key'));
  syncFolder(folder);
}

function nextFile({ folder }: KeyPlace): string {
  return path.join(folder, 'master.key.next');
}
