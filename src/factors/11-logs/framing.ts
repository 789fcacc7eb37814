/**
 * How a stream of bytes becomes lines.
 *
 * ```
 * chunk   a a a \n b b b \n c c       lines   a a a · b b b        rest   c c: comes again with what follows it
 * ```
 * A line ends with a newline; an empty line is a line. One that is longer than the limit is cut into pieces of at most that
 * size, between characters where the bytes are UTF-8: no byte is lost, and no stream can fill the memory. The pieces depend
 * on the bytes alone, never on the chunks they came in.
 */
export interface Lines {
  /** Each ended by a newline. */
  readonly bytes: Uint8Array;
  readonly count: number;
  /** How many bytes of the chunk they stand for. */
  readonly consumed: number;
}

/** Bytes. */
export const lineLimit = 64 * 1024;

const newline = 0x0a;
const lineEnd = Uint8Array.of(newline);

/**
 * The lines at the beginning of `chunk`; null when none is complete.
 * `last`: nothing follows, what stands behind the last newline is a line. `limit` is 4 or more: UTF-8's longest character.
 */
export function takeLines(
  chunk: Uint8Array,
  { last, limit = lineLimit }: { readonly last: boolean; readonly limit?: number },
): Lines | null {
  const pieces: Uint8Array[] = [];
  let count = 0;
  let start = 0;
  let copied = 0;
  const endLine = (end: number): void => {
    pieces.push(chunk.subarray(copied, end), lineEnd);
    count += 1;
    copied = end;
    start = end;
  };
  const cutUntil = (end: number): void => {
    while (end - start > limit) endLine(characterStart(chunk, start + limit));
  };
  for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, start)) {
    cutUntil(at);
    count += 1;
    start = at + 1;
  }
  cutUntil(chunk.length);
  if (last && start < chunk.length) endLine(chunk.length);
  if (count === 0) return null;
  if (copied < start) pieces.push(chunk.subarray(copied, start));
  return { bytes: joined(pieces), count, consumed: start };
}

/** The start of the UTF-8 character that the byte at `at` is in; `at` itself where that is no UTF-8. */
function characterStart(bytes: Uint8Array, at: number): number {
  for (let start = at; start > at - 4; start -= 1) {
    const byte = bytes[start] ?? 0;
    const continues = byte >= 0x80 && byte < 0xc0;
    if (!continues) return start === at || byte >= 0xc0 ? start : at;
  }
  return at;
}

/** One piece is the rule, and is not copied. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
