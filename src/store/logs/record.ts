/** How a batch lies in a segment: its header as a line of JSON, then its bytes. */
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
  /** Offset of the byte behind it. */
  readonly next: number;
}

const newline = 0x0a;

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
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), batch.bytes]);
}

/** The whole records from `offset` on; a torn one at the end is not among them. */
export function* recordsIn(content: Buffer, offset = 0): Generator<Record> {
  for (let at = offset; ; ) {
    const headerEnd = content.indexOf(newline, at);
    if (headerEnd < 0) return;
    const header = parseHeader(content.toString('utf8', at, headerEnd));
    if (header === null) return;
    const next = headerEnd + 1 + header.len;
    if (next > content.length) return;
    const bytes = content.subarray(headerEnd + 1, next);
    const { at: time, seq: sequence, n: lines, src: source, proc: process, inst: instance, end } = header;
    yield { batch: { at: time, sequence, lines, source, process, instance, end, bytes }, next };
    at = next;
  }
}

/** Null for what a power cut left in place of a header: the records end there. */
function parseHeader(line: string): Header | null {
  try {
    return JSON.parse(line) as Header;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
