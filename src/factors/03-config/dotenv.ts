/**
 * The file form of a config: one variable a line. Tools differ in how they quote, so this is all there is:
 *
 * ```
 * file     = { blank | comment | [ "export " ] name "=" value }     ends of line: LF or CRLF
 * value    = single | double | plain
 * single   = ' any text but ', line ends included '                 nothing has a meaning inside
 * double   = " any text, line ends included "                       escapes: \n \r \t \" \\ \$
 * plain    = text up to the end of the line or a " #" comment       outer space cut, no escapes
 * comment  = "#" text
 * ```
 *
 * Space may stand around the name and the value; after a closing quote only space or a " #" comment may follow. A `$`
 * is a `$`: no variable is expanded anywhere. A backslash before any other character in double quotes is refused,
 * because tools disagree about it. Inside quotes a line end is kept as it is written. A name given twice is refused.
 */
import { trimBlanks } from '../../base/blank.ts';
import { type DozenError, userError } from '../../base/error.ts';
import { type Config, configLimitBytes, variableNameFault, variableNameFaults } from './config.ts';
import { Secret } from './secret.ts';

/** Characters of the whole file: room for comments and quoting beside a config at its limit. */
export const dotenvLimit = 4 * configLimitBytes;

/**
 * The variables in the order of the file. A complaint names `FILE:LINE` and never shows a value.
 * @param file as complaints name it
 * @throws DOTENV_TOO_LARGE, DOTENV_INVALID, DOTENV_DUPLICATE
 */
export function parseDotenv(text: string, file = '.env'): Config {
  if (text.length > dotenvLimit) {
    throw userError(
      'DOTENV_TOO_LARGE',
      `Cannot read ${file}: ${text.length} characters are over the limit of ${dotenvLimit}`,
      { hint: 'Put large values in a backing service' },
    );
  }
  const cursor: Cursor = { file, text: text.replace(/^\uFEFF/, ''), at: 0, line: 1 };
  const config = new Map<string, Secret>();
  const lines = new Map<string, number>();
  while (skipToName(cursor)) {
    const line = cursor.line;
    const name = readName(cursor);
    const first = lines.get(name);
    if (first !== undefined) throw duplicate(name, { file, first, line });
    lines.set(name, line);
    config.set(name, new Secret(readValue(cursor, name)));
  }
  return config;
}

/** The text that `parseDotenv` reads as the same config, byte for byte. Values stand in it as they are. */
export function renderDotenv(config: Config): string {
  let text = '';
  for (const [name, value] of config) text += `${name}=${quote(value.reveal())}\n`;
  return text;
}

interface Cursor {
  readonly file: string;
  readonly text: string;
  at: number;
  line: number;
}

const blankOrComment = /[ \t]*(?:#[^\n]*)?\r?\n/y;
const commentAtEnd = /[ \t]*(?:#[^\n]*)?$/y;
const beforeName = /[ \t]*(?:export[ \t]+(?![ \t=]))?/y;
const nameAndEquals = /([^\s=#'"]+)[ \t]*=/y;
const single = /[ \t]*'([^']*)'/y;
const double = /[ \t]*"([^"\\]*(?:\\.[^"\\]*)*)"/sy;
const unclosed = /[ \t]*['"]/y;
const plain = /[^\r\n]*/y;
const afterQuote = /(?:[ \t]*|[ \t]+#[^\n]*)(?=\r?\n|$)/y;

/** Past blank lines and comments; false at the end of the text. */
function skipToName(cursor: Cursor): boolean {
  while (take(cursor, blankOrComment) !== null) cursor.line += 1;
  return take(cursor, commentAtEnd) === null;
}

/** The name is not shown in a complaint: it may be a line of a value whose quotes were forgotten. */
function readName(cursor: Cursor): string {
  take(cursor, beforeName);
  const name = take(cursor, nameAndEquals)?.[1];
  if (name === undefined) throw invalid(cursor, 'expected NAME=value');
  const fault = variableNameFault(name);
  if (fault !== null) throw invalid(cursor, `the name is ${variableNameFaults[fault]}`);
  return name;
}

function readValue(cursor: Cursor, name: string): string {
  const line = cursor.line;
  const value = readSingle(cursor, name) ?? readDouble(cursor, name) ?? readPlain(cursor, name);
  if (value.includes('\0'))
    throw invalid({ file: cursor.file, line }, `the value of ${name} has a NUL character`);
  return value;
}

function readSingle(cursor: Cursor, name: string): string | null {
  const content = take(cursor, single)?.[1];
  if (content === undefined) return null;
  finishQuoted(cursor, { name, content });
  return content;
}

function readDouble(cursor: Cursor, name: string): string | null {
  const line = cursor.line;
  const content = take(cursor, double)?.[1];
  if (content === undefined) return null;
  finishQuoted(cursor, { name, content });
  return content.replaceAll(/\\(.)/gs, (_, character: string) => {
    const meant = escapes.get(character);
    if (meant !== undefined) return meant;
    throw invalid(
      { file: cursor.file, line },
      `the value of ${name} has an escape other than \\n \\r \\t \\" \\\\ \\$`,
    );
  });
}

function finishQuoted(
  cursor: Cursor,
  { name, content }: { readonly name: string; readonly content: string },
): void {
  cursor.line += content.split('\n').length - 1;
  if (take(cursor, afterQuote) !== null) return;
  throw invalid(cursor, `text follows the closing quote of ${name}`);
}

function readPlain(cursor: Cursor, name: string): string {
  if (take(cursor, unclosed) !== null) {
    throw invalid(cursor, `the value of ${name} has no closing quote`);
  }
  const text = take(cursor, plain)?.[0] ?? '';
  const comment = text.search(/[ \t]#/);
  return trimBlanks(comment === -1 ? text : text.slice(0, comment));
}

const escapes = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['"', '"'],
  ['\\', '\\'],
  ['$', '$'],
]);

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (match !== null) cursor.at = pattern.lastIndex;
  return match;
}

function quote(value: string): string {
  if (/^[A-Za-z0-9_./:@%+,=-]*$/.test(value)) return value;
  if (!/['\r]/.test(value)) return `'${value}'`;
  const escaped = value
    .replaceAll(/["\\$]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
  return `"${escaped}"`;
}

function invalid({ file, line }: Pick<Cursor, 'file' | 'line'>, complaint: string): DozenError {
  return userError('DOTENV_INVALID', `Cannot read ${file}:${line}: ${complaint}`, {
    hint: `Correct line ${line} of ${file}; a value in single quotes is taken as it stands`,
  });
}

function duplicate(
  name: string,
  { file, first, line }: { readonly file: string; readonly first: number; readonly line: number },
): DozenError {
  return userError(
    'DOTENV_DUPLICATE',
    `Cannot read ${file}:${line}: ${name} is set already, in line ${first}`,
    {
      hint: `Remove line ${first} or ${line} of ${file}`,
    },
  );
}
