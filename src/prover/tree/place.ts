/** Lines of a file as evidence. */
import type { Evidence } from '../../factors/law.ts';

const widest = 200;

/** @param line from 1 */
export function lineOf(file: string, text: string, line: number): Evidence {
  return asLine(file, text.split('\n', line)[line - 1] ?? '', line);
}

/** @param content of the line */
export function asLine(file: string, content: string, line: number): Evidence {
  const shown = content.trim();
  return { kind: 'source', file, line, text: shown.length > widest ? `${shown.slice(0, widest)}…` : shown };
}

/** The line at an offset of the text. */
export function lineAt(file: string, text: string, offset: number): Evidence {
  return lineOf(file, text, text.slice(0, Math.max(0, offset)).split('\n').length);
}

/** The line of a key in JSON, found by the keys that lead to it, one behind the other; the last one found. */
export function lineOfKey(file: string, text: string, keys: readonly string[]): Evidence {
  let offset = 0;
  for (const key of keys) {
    const quoted = JSON.stringify(key);
    let at = text.indexOf(quoted, offset);
    while (at !== -1 && !/^\s*:/.test(text.slice(at + quoted.length, at + quoted.length + 40)))
      at = text.indexOf(quoted, at + 1);
    if (at === -1) break;
    offset = at + quoted.length;
  }
  return lineAt(file, text, offset);
}

/** What Git said, where no file shows it. */
export function saidByGit(what: string): Evidence {
  return { kind: 'event', atMs: 0, process: 'git', what };
}
