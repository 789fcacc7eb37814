/** Lines in the files that an instance has written. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Instance } from '../../lab/lab.ts';

interface Found {
  /** From `/` of the instance. */
  readonly path: string;
  readonly text: string;
}

const filesLimit = 100;
/** Of the end of each file. */
const tailBytes = 64 * 1024;

/** The first line of each file that has one of the texts in it. No other text of a file is told: a link may lead anywhere. */
export function linesWith(texts: readonly string[], instance: Instance): readonly Found[] {
  const [leader] = instance.processes();
  if (leader === undefined) return [];
  const files = instance.written().filter(({ size }) => size !== null && size > 0);
  return files.slice(0, filesLimit).flatMap(({ path }) => {
    const lines = tailOf(`/proc/${leader.pid}/root/${path}`).split('\n');
    const text = lines.find((line) => !line.includes('\0') && texts.some((each) => line.includes(each)));
    return text === undefined ? [] : [{ path: `/${path}`, text }];
  });
}

/** Empty where it is no plain file any more. */
function tailOf(file: string): string {
  const descriptor = openPlain(file);
  if (descriptor === null) return '';
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return '';
    const bytes = Buffer.alloc(Math.min(stat.size, tailBytes));
    const length = readSync(descriptor, bytes, { position: Math.max(0, stat.size - bytes.length) });
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(descriptor);
  }
}

function openPlain(file: string): number | null {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ELOOP', 'ENXIO', 'ENOTDIR', 'ESRCH'].includes(code)) return null;
    throw error;
  }
}
