/**
 * Git's packets, and the report of a push in them.
 *
 * A packet is four hexadecimal digits, its length with them, and its bytes; lengths under 4 are marks. In an answer to a push the
 * first byte is the band: 1 the report, itself packets, which may be cut anywhere; 2 what the pusher reads; 3 the end.
 */
const longest = 65_520;
export const flush = Buffer.from('0000');

export function packet(content: string | Buffer): Buffer {
  const body = Buffer.from(content as string);
  return Buffer.concat([Buffer.from((body.length + 4).toString(16).padStart(4, '0')), body]);
}

/** The packets of a stream, each whole and with its length; what is no packet any more comes as it is, at the end. */
async function* packetsOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    const { packets, rest } = split(Buffer.concat([held, chunk]));
    yield* packets;
    held = rest;
  }
  if (held.length > 0) yield held;
}

function split(bytes: Buffer): { packets: readonly Buffer[]; rest: Buffer } {
  const packets: Buffer[] = [];
  let rest = bytes;
  for (let length = lengthOf(rest); length <= rest.length; length = lengthOf(rest)) {
    packets.push(rest.subarray(0, length));
    rest = rest.subarray(length);
  }
  return { packets, rest };
}

/**
 * Passes an answer on, with reasons of our own for refs that Git only calls declined. The report waits for the end of the
 * answer; all else passes at once.
 */
export async function* withReasons(
  bytes: AsyncIterable<Buffer>,
  reasons: ReadonlyMap<string, string>,
): AsyncGenerator<Buffer> {
  const report: Buffer[] = [];
  for await (const part of packetsOf(bytes)) {
    if (part.length > 5 && part[4] === 1) {
      report.push(part.subarray(5));
      continue;
    }
    if (part.equals(flush)) yield* banded(explained(Buffer.concat(report.splice(0)), reasons));
    yield part;
  }
  yield* banded(explained(Buffer.concat(report), reasons));
}

function explained(report: Buffer, reasons: ReadonlyMap<string, string>): Buffer {
  const { packets, rest } = split(report);
  const lines = packets.map((line) => {
    const [, ref = ''] = /^ng (\S+) /.exec(line.toString('utf8', 4)) ?? [];
    const reason = reasons.get(ref);
    return reason === undefined ? line : packet(`ng ${ref} ${oneLine(reason)}\n`);
  });
  return Buffer.concat([...lines, rest]);
}

function* banded(report: Buffer): Generator<Buffer> {
  for (let at = 0; at < report.length; at += longest - 5) {
    yield packet(Buffer.concat([Buffer.of(1), report.subarray(at, at + longest - 5)]));
  }
}

function oneLine(text: string): string {
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 1000);
}

/** Infinity until the length is known, or when it is none. */
function lengthOf(bytes: Buffer): number {
  if (bytes.length < 4) return Number.POSITIVE_INFINITY;
  const digits = bytes.toString('latin1', 0, 4);
  if (!/^[0-9a-f]{4}$/i.test(digits)) return Number.POSITIVE_INFINITY;
  return Math.max(4, Number.parseInt(digits, 16));
}
