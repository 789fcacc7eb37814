/**
 * A command line as a shell would take it apart: simple commands of words, quotes removed. Only what tells which program is
 * meant; nothing is expanded.
 */
export type Words = readonly string[];

const operators = new Set([';', '|', '&', '(', ')', '\n', '{', '}']);

export function simpleCommands(line: string): readonly Words[] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | null = null;
  const endWord = (): void => {
    if (word !== null) words.push(word);
    word = null;
  };
  const endCommand = (): void => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === "'" || character === '"') {
      const end = closing(line, { at, quote: character });
      word = (word ?? '') + unquoted(line.slice(at + 1, end), character);
      at = end;
    } else if (character === '\\') word = (word ?? '') + line.charAt(++at);
    else if (character === '$' && line.charAt(at + 1) === '{') {
      const end = line.indexOf('}', at);
      word = (word ?? '') + line.slice(at, end === -1 ? line.length : end + 1);
      at = end === -1 ? line.length : end;
    } else if (isRedirection(line, at)) word = (word ?? '') + character;
    else if (operators.has(character)) endCommand();
    else if (character === '#' && word === null) break;
    else if (character === ' ' || character === '\t') endWord();
    else word = (word ?? '') + character;
  }
  endCommand();
  return commands.map(withoutRedirections).filter((command) => command.length > 0);
}

function closing(line: string, { at, quote }: { readonly at: number; readonly quote: string }): number {
  for (let end = at + 1; end < line.length; end++) {
    if (line.charAt(end) === quote) return end;
    if (quote === '"' && line.charAt(end) === '\\') end++;
  }
  return line.length;
}

function unquoted(text: string, quote: string): string {
  return quote === '"' ? text.replaceAll(/\\(["\\$`])/g, '$1') : text;
}

/** `&` in `2>&1` and `&>` ends no command. */
function isRedirection(line: string, at: number): boolean {
  return line.charAt(at) === '&' && (line.charAt(at - 1) === '>' || line.charAt(at + 1) === '>');
}

function withoutRedirections(words: Words): Words {
  return words.filter(
    (word, index) => !/^\d*&?[<>]/.test(word) && !/^\d*&?[<>]+$/.test(words[index - 1] ?? ''),
  );
}

/** Words as a line again, for a command that is given as a list. */
export function lineOfWords(words: Words): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
