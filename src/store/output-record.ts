/** The lines of an output's file, see `outputs.ts`. */
import { toNdjson } from '../base/ndjson.ts';
import type { ProcessIdentity } from './process-identity.ts';

export type Outcome = 'succeeded' | 'failed';

export type OutputRecord =
  | { readonly writer: ProcessIdentity }
  | { readonly text: string }
  | { readonly end: Outcome };

/** Characters of the text of one record. */
const textLimit = 64 * 1024;

/** A text as records, in pieces that are cut between characters. */
export function textRecords(text: string): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < text.length; ) {
    const end = at + textLimit - (isLeadSurrogate(text.charCodeAt(at + textLimit - 1)) ? 1 : 0);
    records.push(recordBytes({ text: text.slice(at, end) }));
    at = end;
  }
  return records;
}

export function recordBytes(record: OutputRecord): Buffer {
  return Buffer.from(toNdjson(record));
}

/** The whole records at the beginning of `content`, and how many bytes they are: a killed writer may leave a piece of one. */
export function recordsOf(content: Buffer): {
  readonly records: readonly OutputRecord[];
  readonly bytes: number;
} {
  const bytes = content.lastIndexOf(0x0a) + 1;
  const lines = content.toString('utf8', 0, bytes).split('\n').slice(0, -1);
  return { records: lines.map((line) => JSON.parse(line) as OutputRecord), bytes };
}

function isLeadSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
