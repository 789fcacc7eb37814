/** Takes exact numbers of bytes from a stream of chunks. */
export interface ByteReader {
  /** `count` bytes, fewer only where the stream ends. */
  take(count: number): Promise<Buffer>;
  /** The next `count` bytes as they come, fewer only where the stream ends. */
  pass(count: number): AsyncGenerator<Buffer>;
  /** Up to and with the next line feed; what there is where none comes within `limit` bytes. */
  line(limit: number): Promise<Buffer>;
  /** Gives the stream back. */
  close(): Promise<void>;
}

export function byteReader(chunks: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = chunks[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const { value, done } = await iterator.next();
    if (done === true) return false;
    const chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    return true;
  };
  const cut = (count: number): Buffer => {
    const taken = held.subarray(0, count);
    held = held.subarray(taken.length);
    return taken;
  };
  return {
    async take(count) {
      while (held.length < count && (await more()));
      return cut(count);
    },
    async *pass(count) {
      for (let left = count; left > 0; ) {
        if (held.length === 0 && !(await more())) return;
        const piece = cut(left);
        left -= piece.length;
        yield piece;
      }
    },
    async line(limit) {
      while (!held.subarray(0, limit).includes(0x0a) && held.length < limit && (await more()));
      const end = held.subarray(0, limit).indexOf(0x0a);
      return cut(end === -1 ? limit : end + 1);
    },
    close: async () => void (await iterator.return?.()),
  };
}
