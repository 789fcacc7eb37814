/** Programs that tests need and a machine may lack. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin'];

/** What to say of those that are missing; null when none is. */
export function lackingOf(programs: readonly string[]): string | null {
  const missing = programs.filter(
    (program) => !folders.some((folder) => isProgram(path.join(folder, program))),
  );
  return missing.length === 0 ? null : `needs ${missing.join(' and ')}`;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
