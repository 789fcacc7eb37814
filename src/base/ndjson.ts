/** Values as lines of JSON: how streams travel between Dozen's own processes. */

/** Longest line read, in characters: more is a broken or hostile peer. */
const lineLimit = 16 * 1024 * 1024;

export function toNdjson(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** The values of a stream; an unfinished last line is left out: its writer was cut off. */
export async function* fromNdjson<T>(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<T> {
  const decoder = new TextDecoder();
  let held = '';
  for await (const chunk of chunks) {
    held += decoder.decode(chunk, { stream: true });
    const lines = held.split('\n');
    held = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as T;
    if (held.length > lineLimit) throw new RangeError(`Cannot read a line of over ${lineLimit} characters`);
  }
}
