/** How much has gone through, on a terminal alone. */
import { Transform } from 'node:stream';
import { size } from '../api/stages.ts';

export interface ProgressOut {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const everyMs = 100;

/** Passes bytes on and says how many, over the same line. @param what e.g. `Backed up` */
export function showProgress(what: string, out: ProgressOut = process.stderr): Transform {
  let bytes = 0;
  let shownAt = 0;
  const say = (end: string): void => {
    if (out.isTTY === true) out.write(`\r${what} ${size(bytes)}${end}`);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (performance.now() - shownAt > everyMs) {
        shownAt = performance.now();
        say('');
      }
      done(null, chunk);
    },
    flush(done) {
      say('\n');
      done();
    },
  });
}
