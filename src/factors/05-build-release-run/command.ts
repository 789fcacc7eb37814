import { type Shape, text } from '../../base/shape.ts';

/** Characters. Linux gives one argument of a process 128 KiB, and a character takes up to four bytes. */
const limit = 16 * 1024;

/** A line for the shell that runs an app's own process. */
export const command: Shape<string> = text(
  `a command: one line of at most ${limit} characters, without control characters`,
  (line) => line.length <= limit && /[^ \t]/.test(line) && !hasControlCharacter(line),
);

/** A tab is ordinary space. */
export function hasControlCharacter(line: string): boolean {
  return /[\x00-\x08\x0a-\x1f\x7f]/.test(line);
}
