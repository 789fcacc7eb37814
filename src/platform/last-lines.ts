/** What the processes of an owner said last: shown when they did not come up. */
import type { Platform, Tell } from './platform.ts';

const shown = 20;

export async function tellLastLines(
  { engine }: Platform,
  { ownerId, since, tell }: { readonly ownerId: string; readonly since: number; readonly tell: Tell },
): Promise<void> {
  const lines: { process: string; text: string }[] = [];
  for await (const { source, process, text } of engine.logs(ownerId, {
    since,
    follow: false,
    signal: new AbortController().signal,
  })) {
    if (source !== 'app') continue;
    if (lines.push({ process, text }) > shown) lines.shift();
  }
  for (const { process, text } of lines) tell({ kind: 'process-output', process, text });
}
