/**
 * The text without spaces and tabs at its ends. Other than `trim()` it keeps what a shell keeps, such as a no-break
 * space; other than a pattern for trailing space it is linear in the length of a hostile text.
 */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

export function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
