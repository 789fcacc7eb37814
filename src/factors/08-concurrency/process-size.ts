/**
 * How much of the machine one process may take: memory always, cores where a number is given. Written as `512MB`, `1GB:0.5`, or
 * with one of Heroku's names, which stand for an amount of memory and leave the cores open.
 */
import { userError } from '../../base/error.ts';
import { formatMemorySize, parseMemorySize } from './memory-size.ts';

export interface ProcessSize {
  /** Bytes. */
  readonly memory: number;
  /** Cores, e.g. 0.5; null: as many as there are. */
  readonly cpu: number | null;
}

const megabyte = 1024 ** 2;

/** By Heroku's published names; bytes. */
export const namedSizes: Readonly<Record<string, number>> = {
  Eco: 512 * megabyte,
  Basic: 512 * megabyte,
  'Standard-1X': 512 * megabyte,
  'Standard-2X': 1024 * megabyte,
  'Performance-M': 2560 * megabyte,
  'Performance-L': 14 * 1024 * megabyte,
  'Performance-L-RAM': 30 * 1024 * megabyte,
  'Performance-XL': 62 * 1024 * megabyte,
  'Performance-2XL': 126 * 1024 * megabyte,
};

const leastCpu = 0.05;
const mostCpu = 1024;

/** @throws PROCESS_SIZE_INVALID */
export function parseProcessSize(text: string): ProcessSize {
  const name = Object.keys(namedSizes).find((each) => each.toLowerCase() === text.toLowerCase());
  if (name !== undefined) return { memory: namedSizes[name] ?? 0, cpu: null };
  const [, memory, cpu] = /^([0-9.]{1,30} ?[A-Za-z]{2})(?::([0-9]{1,4}(?:\.[0-9]{1,3})?))?$/.exec(text) ?? [];
  if (memory === undefined) throw invalid(text);
  const cores = cpu === undefined ? null : Number(cpu);
  if (cores !== null && (cores < leastCpu || cores > mostCpu)) throw invalid(text);
  return { memory: parseMemorySize(memory), cpu: cores };
}

/** What `parseProcessSize` reads as the same. */
export function formatProcessSize({ memory, cpu }: ProcessSize): string {
  return cpu === null ? formatMemorySize(memory) : `${formatMemorySize(memory)}:${cpu}`;
}

/** As a formation of Heroku's says it: by name where there is one for it. */
export function nameOfSize(size: ProcessSize): string {
  const name = Object.keys(namedSizes).find(
    (each) => each.startsWith('Standard') && namedSizes[each] === size.memory,
  );
  const other = Object.keys(namedSizes).find((each) => namedSizes[each] === size.memory);
  return size.cpu === null ? (name ?? other ?? formatProcessSize(size)) : formatProcessSize(size);
}

function invalid(text: string): Error {
  return userError(
    'PROCESS_SIZE_INVALID',
    `Cannot size a process to ${JSON.stringify(text.slice(0, 80))}: not a size`,
    {
      hint: 'Write memory, and cores if you like: 512MB, 1GB:0.5, or Standard-2X; dozen ps sizes lists the names',
    },
  );
}
