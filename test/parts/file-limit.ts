/**
 * Loaded before each file of tests: one that does not end, e.g. as a hook waits for a process that is never told to end, is
 * ended with all it started, and fails. The limits of the tests themselves do not hold for that.
 */
import { readFileSync } from 'node:fs';

const limitMinutes = 8;

function endWithDescendants(pid: number): void {
  for (const child of childrenOf(pid)) endWithDescendants(child);
  if (pid !== process.pid) process.kill(pid, 'SIGKILL');
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

if (process.env.NODE_TEST_CONTEXT !== undefined) {
  setTimeout(() => {
    process.stderr.write(`Ended ${process.argv[1]}: it ran for over ${limitMinutes} minutes\n`);
    try {
      endWithDescendants(process.pid);
    } finally {
      process.exit(1);
    }
  }, limitMinutes * 60_000).unref();
}
