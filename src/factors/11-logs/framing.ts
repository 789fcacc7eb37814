/**
 * How a stream of bytes becomes lines.
 *
 * ```
 * chunks   a a a \n b b | b \n c c |        lines   a a a · b b b · c c (at the end of the stream)
 *                   └─┴─ the tail is kept until its line is complete
 * ```
 * A line ends with a newline, which is no part of it; an empty line is a line. One that is longer than the limit is cut
 * into pieces of at most that size, between characters where the bytes are UTF-8, and each piece but the last says so:
 * no byte is lost, and no stream can fill the memory. The pieces depend on the bytes alone, never on the chunks they
 * came in.
 *
 * Positions are written into arrays that are used again for the next chunk: a line costs no object here.
 */
export interface Framing {
  /** The lines that `chunk` completes. It may be written over once they were read. */
  push(chunk: Uint8Array): Frames;
  /** What is left at the end of the stream: one unterminated line, or none. */
  flush(): Frames;
  /** Bytes of the stream that the lines so far were made of, newlines included. */
  consumed(): number;
}

/** Valid until the next call of the framing that gave it. */
export interface Frames {
  /** What the positions are about. */
  readonly bytes: Uint8Array;
  /** How many lines there are. */
  readonly count: number;
  /** First byte of line `i`. */
  readonly starts: Uint32Array;
  /** First byte after line `i`. */
  readonly ends: Uint32Array;
  /** 1 where line `i` goes on in the one after it. */
  readonly cuts: Uint8Array;
}

/** Bytes. */
export const lineLimit = 64 * 1024;

/** `limit` is 4 or more, the bytes of the longest UTF-8 character. */
export function createFraming(limit: number = lineLimit): Framing {
  const tail = createTail();
  const positions = createPositions();
  let consumed = 0;

  const framesOf = (bytes: Uint8Array, scanFrom: number): Frames => {
    positions.clear();
    const rest = findLines(bytes, { scanFrom, limit, positions });
    consumed += rest;
    tail.keep(bytes, rest);
    return { bytes, ...positions.view() };
  };

  return {
    push: (chunk) => {
      const scanFrom = tail.length();
      return framesOf(scanFrom === 0 ? chunk : tail.append(chunk), scanFrom);
    },
    flush: () => {
      const bytes = tail.take();
      positions.clear();
      if (bytes.length > 0) positions.add(0, bytes.length, 0);
      consumed += bytes.length;
      return { bytes, ...positions.view() };
    },
    consumed: () => consumed,
  };
}

interface Scan {
  /** No newline stands before it. */
  readonly scanFrom: number;
  readonly limit: number;
  readonly positions: Positions;
}

/** Adds what is complete and returns where the rest begins. */
function findLines(bytes: Uint8Array, { scanFrom, limit, positions }: Scan): number {
  let start = 0;
  let newline = bytes.indexOf(10, scanFrom);
  while (newline !== -1) {
    if (newline - start > limit) start = cutLine(bytes, { start, end: newline, limit, positions });
    positions.add(start, newline, 0);
    start = newline + 1;
    newline = bytes.indexOf(10, start);
  }
  return cutLine(bytes, { start, end: bytes.length, limit, positions });
}

interface Overlong {
  readonly start: number;
  readonly end: number;
  readonly limit: number;
  readonly positions: Positions;
}

/** Adds pieces until what is left of the line is within the limit; returns where that begins. */
function cutLine(bytes: Uint8Array, { start, end, limit, positions }: Overlong): number {
  let from = start;
  while (end - from > limit) {
    const cut = characterStart(bytes, from + limit);
    positions.add(from, cut, 1);
    from = cut;
  }
  return from;
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

interface Tail {
  length(): number;
  /** The tail and then `chunk`, in one piece. */
  append(chunk: Uint8Array): Uint8Array;
  /** Makes `bytes` from `start` on the tail. */
  keep(bytes: Uint8Array, start: number): void;
  /** The tail, which is empty then. */
  take(): Uint8Array;
}

/**
 * The tail stays where `append` put it until the next one, because frames still point there. A line that comes byte by
 * byte is so appended to, not copied again.
 */
function createTail(): Tail {
  let room = new Uint8Array(4096);
  let start = 0;
  let end = 0;

  const reserve = (size: number): void => {
    if (size > room.length) {
      const larger = new Uint8Array(2 * size);
      larger.set(room.subarray(start, end));
      room = larger;
    } else {
      room.copyWithin(0, start, end);
    }
    end -= start;
    start = 0;
  };

  return {
    length: () => end - start,
    append: (chunk) => {
      if (start > 0 || end + chunk.length > room.length) reserve(end - start + chunk.length);
      room.set(chunk, end);
      end += chunk.length;
      return room.subarray(start, end);
    },
    keep: (bytes, from) => {
      if (bytes.buffer === room.buffer) {
        start += from;
        return;
      }
      start = 0;
      end = 0;
      reserve(bytes.length - from);
      room.set(bytes.subarray(from));
      end = bytes.length - from;
    },
    take: () => {
      const bytes = room.subarray(start, end);
      start = end;
      return bytes;
    },
  };
}

interface Positions {
  clear(): void;
  add(start: number, end: number, cut: 0 | 1): void;
  view(): Pick<Frames, 'count' | 'starts' | 'ends' | 'cuts'>;
}

function createPositions(): Positions {
  let starts = new Uint32Array(256);
  let ends = new Uint32Array(256);
  let cuts = new Uint8Array(256);
  let count = 0;

  const grow = (): void => {
    starts = enlarged(starts, new Uint32Array(2 * count));
    ends = enlarged(ends, new Uint32Array(2 * count));
    cuts = enlarged(cuts, new Uint8Array(2 * count));
  };

  return {
    clear: () => {
      count = 0;
    },
    add: (start, end, cut) => {
      if (count === starts.length) grow();
      starts[count] = start;
      ends[count] = end;
      cuts[count] = cut;
      count += 1;
    },
    view: () => ({ count, starts, ends, cuts }),
  };
}

function enlarged<T extends Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
