/** Text in lines that fit. */

/** Line breaks are blanks like any other; a word that is longer than a line has one of its own. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const widestLeft = 42;

/** Two columns, indented: the right one begins below a left text that is too wide for its own. */
export function columns(rows: readonly (readonly [string, string])[], width: number): string {
  const left = Math.min(Math.max(...rows.map(([text]) => text.length)), widestLeft);
  const indent = ' '.repeat(left + 4);
  const lines = rows.flatMap(([text, what]) => {
    const [first = '', ...more] = wrap(what, Math.max(20, width - indent.length));
    const head = text.length > left ? [`  ${text}`, indent + first] : [`  ${text.padEnd(left)}  ${first}`];
    return [...head, ...more.map((line) => indent + line)];
  });
  return lines.join('\n');
}

/** Of a terminal that knows its width, within what is read with ease; elsewhere 100. */
export function readingWidth({ columns: terminal }: { readonly columns?: number }): number {
  return Math.max(40, Math.min(terminal || 100, 100));
}
