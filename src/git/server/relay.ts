/** Bytes from one stream to another, as fast as the slower one. */
import type { Writable } from 'node:stream';

/** Reads all there is, and passes it on for as long as anybody takes it. */
export async function relay(from: AsyncIterable<Uint8Array>, to: Writable): Promise<void> {
  for await (const chunk of from) {
    if (to.writable && !to.write(chunk)) await drained(to);
  }
}

function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}
