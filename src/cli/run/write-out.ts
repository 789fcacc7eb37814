/**
 * To standard output, in a thread of its own: a stream of Node's would hold this whole program up while nobody reads, and with it
 * the connection.
 */
import { write } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const standardOutput = 1;
const retryFullMs = 5;

export async function writeOut(bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0; ) rest = rest.subarray(await writeSome(rest));
}

function writeSome(bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    write(standardOutput, bytes, (error, written) => {
      if (error === null) resolve(written);
      // Somebody who shares it has made it not wait.
      else if (error.code === 'EAGAIN') sleep(retryFullMs, 0).then(resolve, reject);
      else reject(error);
    });
  });
}
