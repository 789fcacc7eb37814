/** Prints the output of a build or a release phase as it comes. Its text is foreign: a terminal is not given what would change it. */
import { printable } from '../api/stages.ts';

export async function printOutput(
  texts: AsyncIterable<{ readonly text: string }>,
  { json }: { readonly json: boolean },
): Promise<0> {
  const { stdout } = process;
  for await (const item of texts) {
    if (json) stdout.write(`${JSON.stringify(item)}\n`);
    else stdout.write(stdout.isTTY ? printable(item.text) : item.text);
  }
  return 0;
}
