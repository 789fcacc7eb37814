/** Asks a person on a terminal. Where there is none nobody can answer: null. */
import { createInterface } from 'node:readline/promises';

export interface ConfirmOptions {
  readonly signal?: AbortSignal;
}

/** What was typed; `''` when the input ended. @throws AbortError on Ctrl-C, and when the signal is aborted */
export async function confirm(question: string, { signal }: ConfirmOptions = {}): Promise<string | null> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) return null;
  const lines = createInterface({ input: stdin, output: stderr });
  const { promise: ended, resolve, reject } = Promise.withResolvers<string>();
  lines.once('SIGINT', () => reject(new DOMException('Ctrl-C was typed', 'AbortError')));
  lines.once('close', () => resolve(''));
  try {
    const typed = lines.question(question, signal === undefined ? {} : { signal });
    return (await Promise.race([typed, ended])).trim();
  } finally {
    lines.close();
  }
}
