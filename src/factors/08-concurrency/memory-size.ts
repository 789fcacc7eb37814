import { userError } from '../../base/error.ts';
import { documentPlace, mismatch, type Shape } from '../../base/shape.ts';

/** Heroku's smallest process has as much. Bytes. */
export const defaultMemoryLimit = 512 * 1024 ** 2;

/** Less starts no interpreter; more than any machine has is a slip. Bytes. */
const smallest = 16 * 1024 ** 2;
const largest = 16 * 1024 ** 4;

/** Units count in 1024, as the kernel's limits do. */
const units: ReadonlyMap<string, number> = new Map([
  ['MB', 1024 ** 2],
  ['GB', 1024 ** 3],
  ['TB', 1024 ** 4],
]);

/** `512MB` or `1.5GB` as bytes. */
export const memorySize: Shape<number> = (value, place) => {
  const bytes = typeof value === 'string' ? bytesOf(value) : null;
  if (bytes !== null && bytes >= smallest && bytes <= largest) return bytes;
  throw mismatch(place, 'a memory size such as "512MB" or "1.5GB", from 16MB to 16TB', value);
};

/** @throws MEMORY_SIZE_INVALID */
export function parseMemorySize(text: string): number {
  const place = documentPlace((complaint) =>
    userError('MEMORY_SIZE_INVALID', `Cannot read a memory size: ${complaint}`, {
      hint: 'Write a number and MB, GB or TB, for example 512MB',
    }),
  );
  return memorySize(text, place);
}

/** The shortest text that `parseMemorySize` reads as the same bytes: whole in its unit where it can be. */
export function formatMemorySize(bytes: number): string {
  const [unit, size] = [...units].findLast(([, size]) => bytes % size === 0) ?? ['MB', 1024 ** 2];
  return `${bytes / size}${unit}`;
}

function bytesOf(text: string): number | null {
  const match = /^([0-9]{1,8}(?:\.[0-9]{1,20})?) ?(MB|GB|TB)$/i.exec(text);
  const size = units.get(match?.[2]?.toUpperCase() ?? '');
  return size === undefined ? null : Math.round(Number(match?.[1]) * size);
}
