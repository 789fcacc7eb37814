/** Finds the programs that experiments need, on PATH and where Debian keeps those of administrators. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** Null when it is on no path. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  const places = folders.filter((folder) => path.isAbsolute(folder)).map((folder) => path.join(folder, name));
  return places.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
