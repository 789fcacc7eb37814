/**
 * How a batch lies in a segment: a checksum and its header, as one line, then its bytes.
 *
 * ```
 * 1c291ca3 {"at":…,"len":8,…} \n line 12\n
 * └ CRC-32 ┴─────── of all this ───────┘
 * ```
 */
import { crc32 } from 'node:zlib';
import type { LogBatch } from '../../factors/11-logs/log-batch.ts';

interface Header {
  readonly at: number;
  readonly seq: number;
  readonly n: number;
  readonly len: number;
  readonly src: 'app' | 'dozen';
  readonly proc: string;
  readonly inst: string;
  readonly end: number;
}

export interface Record {
  readonly batch: LogBatch;
  /** What tells it from any other record. */
  readonly checksum: string;
  /** Offset of the byte behind it. */
  readonly next: number;
}

const newline = 0x0a;
/** The checksum and a space. */
const prefixBytes = 9;

export function recordBytes(batch: LogBatch): Buffer {
  const header: Header = {
    at: batch.at,
    seq: batch.sequence,
    n: batch.lines,
    len: batch.bytes.length,
    src: batch.source,
    proc: batch.process,
    inst: batch.instance,
    end: batch.end,
  };
  const line = `${JSON.stringify(header)}\n`;
  return Buffer.concat([Buffer.from(`${checksum(line, batch.bytes)} ${line}`), batch.bytes]);
}

/** The records from `offset` on, up to the first that is torn or damaged. */
export function* recordsIn(content: Buffer, offset = 0): Generator<Record> {
  for (let at = offset; ; ) {
    const headerEnd = content.indexOf(newline, at);
    if (headerEnd < 0) return;
    const header = parseHeader(content.toString('utf8', at + prefixBytes, headerEnd));
    if (header === null) return;
    const next = headerEnd + 1 + header.len;
    if (next > content.length) return;
    const sum = checksum('', content.subarray(at + prefixBytes, next));
    if (content.toString('latin1', at, at + prefixBytes) !== `${sum} `) return;
    const bytes = content.subarray(headerEnd + 1, next);
    const { at: time, seq: sequence, n: lines, src: source, proc: process, inst: instance, end } = header;
    yield {
      batch: { at: time, sequence, lines, source, process, instance, end, bytes },
      checksum: sum,
      next,
    };
    at = next;
  }
}

function checksum(line: string, bytes: Uint8Array): string {
  return crc32(bytes, crc32(line)).toString(16).padStart(8, '0');
}

/** Null for what cannot be one: a power cut may leave anything in place of a header. */
function parseHeader(line: string): Header | null {
  try {
    const header = JSON.parse(line) as Header | null;
    return Number.isInteger(header?.len) && Number(header?.len) >= 0 ? header : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
