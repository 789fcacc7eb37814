/** Up to which moment the scheduler has decided everything, on disk: what a platform that was away has missed. */
import { existsSync, readFileSync } from 'node:fs';
import { replaceFile } from '../store/durable-file.ts';

export interface Decided {
  /** Of every schedule but those held. Milliseconds since the epoch. */
  readonly untilMs: number;
  /** Schedules whose next run waits for the one before, by their keys. */
  readonly held: Readonly<Record<string, number>>;
}

/** Null where there is none yet. */
export function readDecided(file: string): Decided | null {
  if (!existsSync(file)) return null;
  // The file is ours alone and replaced as a whole.
  return JSON.parse(readFileSync(file, 'utf8')) as Decided;
}

/** Writes when it is other than what was written last. */
export function decidedWriter(file: string): (decided: Decided) => void {
  let written = '';
  return (decided) => {
    const text = JSON.stringify({ format: 1, ...decided });
    if (text === written) return;
    replaceFile(file, text);
    written = text;
  };
}
