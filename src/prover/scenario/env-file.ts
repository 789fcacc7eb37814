/** The file of variables that `env-file` names. It lies on the person's disk, beside the code, and is not committed. */
import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { userError } from '../../base/error.ts';
import type { Config } from '../../factors/03-config/config.ts';
import { dotenvLimit, parseDotenv } from '../../factors/03-config/dotenv.ts';

/**
 * Its variables, as secrets: complaints name file and line and never a value. A link may not lead out of the folder, since a
 * codebase could commit one that gives the app a file of the person's own.
 * @param file relative to the folder, as `Scenario.envFile` has it
 * @throws SCENARIO_ENV_FILE, DOTENV_INVALID, DOTENV_DUPLICATE
 */
export function readEnvFile(folder: string, file: string): Config {
  return parseDotenv(readConfined(folder, file), file);
}

function readConfined(folder: string, file: string): string {
  const place = resolved(folder, file);
  if (place === null) throw unreadable(file, 'it is not there');
  if (!place.startsWith(`${realpathSync(folder)}${path.sep}`))
    throw unreadable(file, 'it lies outside of the folder');
  const descriptor = opened(place, file);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw unreadable(file, 'it is not a file');
    if (stat.size > dotenvLimit)
      throw unreadable(file, `${stat.size} bytes are over the limit of ${dotenvLimit}`);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function opened(place: string, file: string): number {
  try {
    // A pipe would be waited for without end.
    return openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENXIO') throw unreadable(file, 'it is not a file');
    if (code === 'EACCES') throw unreadable(file, 'its permissions forbid it');
    throw error;
  }
}

function resolved(folder: string, file: string): string | null {
  try {
    return realpathSync(path.join(folder, file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return null;
    throw error;
  }
}

function unreadable(file: string, why: string) {
  return userError('SCENARIO_ENV_FILE', `Cannot read ${file}, which the scenario names: ${why}`, {
    hint: `Write NAME=value lines into ${file} in the app's folder, or remove "env-file" from the scenario`,
  });
}
