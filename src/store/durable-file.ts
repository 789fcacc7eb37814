import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** Replaces the file as a whole: a reader finds the old text or the new, also after a power loss. */
export function replaceFile(file: string, text: string): void {
  const fresh = writeBeside(file, text);
  renameSync(fresh, file);
  syncFolder(path.dirname(file));
}

/** False when the file exists already: then nothing is changed. Of several callers one makes it, whole. */
export function createFileOnce(file: string, text: string): boolean {
  const fresh = writeBeside(file, text);
  try {
    linkSync(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(fresh);
  }
  syncFolder(path.dirname(file));
  return true;
}

/** Makes the folder and those above it, for their owner alone. Where it is there already it stays as it is. */
export function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = path.resolve(folder); made !== path.dirname(first); made = path.dirname(made)) {
    syncFolder(path.dirname(made));
  }
}

export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** On disk, readable by its owner alone, under a name no other process uses. */
function writeBeside(file: string, text: string): string {
  const fresh = `${file}.${process.pid}.${process.hrtime.bigint()}`;
  const handle = openSync(fresh, 'wx', 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } catch (error) {
    rmSync(fresh);
    throw error;
  } finally {
    closeSync(handle);
  }
  return fresh;
}
