/** Asks a person on a terminal. Where there is none nobody can answer: null. */
import { createInterface } from 'node:readline/promises';

export async function confirm(question: string): Promise<string | null> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) return null;
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}
