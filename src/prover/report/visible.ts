/** Text of an app, made fit to be shown: nothing in it moves a cursor, changes a terminal or turns the order of letters around. */

/** Control characters, marks that reorder text, and what is no character at all. */
const unseen =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]/g;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** On one line; what cannot be seen is written as `\n`, `\x1b` or `\u202e`. */
export function visible(text: string): string {
  return text.toWellFormed().replaceAll(unseen, escaped);
}

/** Line by line, without blank ones at the end; a tab is two blanks. */
export function visibleLines(text: string): readonly string[] {
  const lines = text.replaceAll('\t', '  ').split(/\r?\n/);
  return lines.slice(0, lines.findLastIndex((line) => line.trim() !== '') + 1).map(visible);
}

/** At most so many characters. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  const known = short[character];
  if (known !== undefined) return known;
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
