/**
 * Which modes of a terminal a program has switched on by what it wrote: the other screen, the mouse, bracketed paste, a hidden
 * cursor. A program that is cut off leaves them, and the shell after it is not usable.
 */
export interface Modes {
  see(bytes: Uint8Array): void;
  /** What switches off those that are on, and on those that are off; empty when all is as it was. */
  undo(): string;
}

/** Private modes of DEC and xterm; only the cursor (25) is on to begin with. */
const cursor = 25;
const known = new Set([1, cursor, 47, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1047, 1049, 2004]);
/** A sequence that is cut in two is this long at most. */
const overlap = 32;

export function openModes(): Modes {
  const changed = new Set<number>();
  let held = '';
  return {
    see(bytes) {
      const text = held + Buffer.from(bytes).toString('latin1');
      for (const [, numbers = '', letter] of text.matchAll(/\x1b\[\?([\d;]{1,24})([hl])/g)) {
        for (const number of numbers.split(';').map(Number)) {
          const isChanged = (letter === 'h') !== (number === cursor);
          if (!known.has(number)) continue;
          if (isChanged) changed.add(number);
          else changed.delete(number);
        }
      }
      const start = text.lastIndexOf('\x1b');
      held = start >= 0 && text.length - start < overlap ? text.slice(start) : '';
    },
    undo() {
      const sequences = [...changed].map((number) => `\x1b[?${number}${number === cursor ? 'h' : 'l'}`);
      return sequences.length === 0 ? '' : `${sequences.join('')}\x1b[0m\r\n`;
    },
  };
}
