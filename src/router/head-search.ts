/** Finds the end of a head in bytes that come in pieces. */

/** Past the empty line; -1: not there yet. `from`: where the head begins; `known`: bytes already searched without success. */
export function headEnd(bytes: Buffer, from: number, known: number): number {
  // The empty line may straddle the pieces.
  const at = bytes.indexOf('\r\n\r\n', Math.max(from, known - 3), 'latin1');
  return at < 0 ? -1 : at + 4;
}

/** An unfinished head that never will be one: a line in it ends with LF alone, or it holds a NUL. */
export function isHopeless(bytes: Buffer, from: number): boolean {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (at === from || bytes[at - 1] !== CR) return true;
  }
  return bytes.indexOf(0, from) >= 0;
}

const LF = 10;
const CR = 13;
