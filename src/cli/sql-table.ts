/** What a database answers, as aligned text in which no character can do anything to a terminal. */

export interface Column {
  readonly name: string;
  readonly align: 'left' | 'right';
}

export type Row = readonly (string | null)[];

export function formatTable(columns: readonly Column[], rows: readonly Row[]): string {
  const names = columns.map(({ name }) => harmless(name));
  const cells = rows.map((row) => columns.map((_, index) => harmless(row[index] ?? '')));
  const widths = names.map((name, index) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? '')), widthOf(name)),
  );
  const line = (texts: readonly string[], pad: (text: string, index: number) => string): string =>
    ` ${texts.map(pad).join(' | ')}`.trimEnd();
  const lines = [
    line(names, (name, index) => centre(name, widths[index] ?? 0)),
    widths.map((width) => '-'.repeat(width + 2)).join('+'),
    ...cells.map((row) => line(row, (cell, index) => padTo(cell, widths[index] ?? 0, columns[index]?.align))),
    `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`,
  ];
  return `${lines.join('\n')}\n\n`;
}

/** Control characters, and those that turn text around or hide it, as escapes that tell which they were. */
const harmful = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export function harmless(text: string): string {
  return text.replaceAll(
    harmful,
    (character) => short[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

const segmenter = new Intl.Segmenter();
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u;

/** Columns that it takes on a terminal. */
function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += wide.test(segment) ? 2 : 1;
  return width;
}

function padTo(text: string, width: number, align: Column['align'] = 'left'): string {
  const padding = ' '.repeat(width - widthOf(text));
  return align === 'right' ? `${padding}${text}` : `${text}${padding}`;
}

function centre(text: string, width: number): string {
  const space = width - widthOf(text);
  const before = Math.floor(space / 2);
  return `${' '.repeat(before)}${text}${' '.repeat(space - before)}`;
}
