/** Text in lines that fit a number of columns. */

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;
const narrow = /\p{M}/u;

/** How many columns it takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += narrow.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return columns;
}

/** A word that is wider than a line is cut where the line ends. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  const end = (): void => {
    if (line !== '') lines.push(line);
    line = '';
  };
  for (const word of text.split(/\s+/).filter((some) => some !== '')) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > width) end();
    const pieces = cut(word, width);
    for (const piece of pieces.slice(0, -1)) {
      line = piece;
      end();
    }
    const last = pieces.at(-1) ?? '';
    line = line === '' ? last : `${line} ${last}`;
  }
  end();
  return lines;
}

/** One line that keeps its indentation, and, where it is too wide, goes on further in. */
export function continued(line: string, width: number): readonly string[] {
  if (columnsOf(line) <= width) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const [first = '', ...more] = wrapped(line, width - indent.length - 4);
  return [indent + first, ...more.map((text) => `${indent}    ${text}`)];
}

/** At most so many columns, with `…` where something is left out. */
export function fitted(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  return `${cut(text, width - 1)[0] ?? ''}…`;
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columnsOf(text)));
}

function cut(text: string, width: number): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  let columns = 0;
  for (const character of text) {
    const more = columnsOf(character);
    if (columns + more > width && piece !== '') {
      pieces.push(piece);
      piece = '';
      columns = 0;
    }
    piece += character;
    columns += more;
  }
  return [...pieces, piece];
}
