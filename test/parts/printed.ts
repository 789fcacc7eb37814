/** What a document shows and what was printed, made comparable: what is another at each run is a word. */

/** Words for the account, times, durations, sizes, layers of the cache, digests, ids, ports and pids; blanks count as one. */
export function normalise(text: string): readonly string[] {
  const lines = text.replace(/\n+$/, '').split('\n');
  return sortTogether(lines.filter((line) => !ofTheMachine.test(line)).map(normaliseLine));
}

/** What npm says of the machine's own settings, and of itself. */
const ofTheMachine = /^npm (warn|notice)\b/;

const varying: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)/g, 'TIME'],
  [/\b\d\d:\d\d:\d\d(\.\d+)?\b/g, 'TIME'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'ID'],
  [/\b[a-z_][\w-]*@dozen\.localhost\b/g, 'ACCOUNT'],
  [/\b[0-9a-f]{48}@/g, 'PASSWORD@'],
  [/\bguestbook_[0-9a-f]{12}\b/g, 'USER'],
  [/\brun\.\d+\b/g, 'run.NUMBER'],
  [/\b([a-z]+\.\d+)-[a-z0-9]{10}\b/g, '$1-INSTANCE'],
  [/\b[0-9a-f]{7,64}\b/g, 'NUMBER'],
  [/\(\d+(\.\d+)? s\)|\bin \d+(ms|s)\b|\bafter \d+ ms\b/g, 'DURATION'],
  [/\b(connect|service)=\d+ms\b/g, '$1=DURATION'],
  [/^(\S+\.\d+ +\w.*? )\d+(\.\d+)? [smhd] +\d+/g, '$1AGE PID'],
  [/\b\d+(\.\d+)? (KB|MB|GB)\b/g, 'SIZE'],
  [/^(time +time from commit to deploy) .*/g, '$1 VERDICT'],
  [/\b\d+ layers?\b/g, 'COUNT layers'],
  [/^Pid +\d+/g, 'Pid NUMBER'],
  [/\b\d{4,}\b/g, 'NUMBER'],
  [/\s+/g, ' '],
];

function normaliseLine(line: string): string {
  return varying.reduce((text, [pattern, word]) => text.replaceAll(pattern, word), line).trimEnd();
}

/** Processes come up, and targets of a promotion go on, in any order. */
function sortTogether(lines: readonly string[]): string[] {
  const sorted: string[] = [];
  let run: string[] = [];
  for (const line of lines) {
    if (/^(remote: )?process \S+ up\b|^[\w-]+ (release|process|serving) /.test(line)) {
      run.push(line);
      continue;
    }
    sorted.push(...run.sort(), line);
    run = [];
  }
  return [...sorted, ...run.sort()];
}

/** The printed lines, with `…` wherever the shown ones have it and what is behind it is found. */
export function fold(printed: readonly string[], shown: readonly string[]): readonly string[] {
  const folded: string[] = [];
  let at = 0;
  for (const [index, line] of shown.entries()) {
    if (line !== '…') {
      if (at < printed.length) folded.push(printed[at] ?? '');
      at += 1;
      continue;
    }
    const next = shown[index + 1];
    const found = next === undefined ? printed.length : printed.indexOf(next, at);
    if (found === -1) break;
    folded.push(line);
    at = found;
  }
  return [...folded, ...printed.slice(at)];
}

export function isAsShown(printed: readonly string[], shown: readonly string[]): boolean {
  const folded = fold(printed, shown);
  return folded.length === shown.length && folded.every((line, at) => line === shown[at]);
}
