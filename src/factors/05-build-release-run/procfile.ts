/**
 * How an app says what it runs: one process type a line.
 *
 * ```
 * # a comment
 * web: node server.js --port $PORT
 * release: node migrate.js
 * ```
 *
 * A line is `name: command`; the command goes on to the end of its line and belongs to the shell that runs it, `#`
 * and quotes included. Lines that are blank or begin with `#` are left out. Space around name and command, CRLF and a
 * byte order mark are no part of either. Anything else is refused: a misspelt line that is silently ignored is a
 * process that is silently missing.
 */
import { trimBlanks } from '../../base/blank.ts';
import { type DozenError, userError } from '../../base/error.ts';
import { hasControlCharacter } from './command.ts';
import { isProcessType, processTypeForm } from './process-type.ts';

export interface Procfile {
  /** Command by process type, in the order of the file. Without a prototype: any name is an ordinary key. */
  readonly processTypes: Readonly<Record<string, string>>;
  /** The release phase's command. */
  readonly release: string | null;
}

/** Bytes. */
export const procfileLimit = 64 * 1024;

/**
 * @throws PROCFILE_TOO_LARGE, PROCFILE_INVALID, PROCFILE_DUPLICATE
 * @throws PROCFILE_EMPTY when no line names a command
 */
export function parseProcfile(text: string): Procfile {
  checkSize(text);
  const entries = parseEntries(text);
  if (entries.size === 0) {
    throw userError('PROCFILE_EMPTY', 'Cannot read Procfile: no line names a process type', {
      hint: 'Add a line such as "web: node server.js"',
    });
  }
  const processTypes: Record<string, string> = Object.create(null);
  for (const [name, entry] of entries) if (name !== 'release') processTypes[name] = entry.command;
  return { processTypes, release: entries.get('release')?.command ?? null };
}

/** The text that `parseProcfile` reads as the same Procfile. */
export function renderProcfile(procfile: Procfile): string {
  const lines = Object.entries(procfile.processTypes).map(([name, command]) => `${name}: ${command}\n`);
  if (procfile.release !== null) lines.push(`release: ${procfile.release}\n`);
  return lines.join('');
}

interface Entry {
  readonly command: string;
  readonly line: number;
}

function checkSize(text: string): void {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= procfileLimit) return;
  throw userError(
    'PROCFILE_TOO_LARGE',
    `Cannot read Procfile: ${bytes} bytes are over the limit of ${procfileLimit}`,
    { hint: 'Move long commands into scripts and name those' },
  );
}

function parseEntries(text: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, raw] of lines.entries()) {
    const line = index + 1;
    const content = trimBlanks(raw);
    if (content === '' || content.startsWith('#')) continue;
    const { name, command } = parseLine(content, line);
    const first = entries.get(name);
    if (first !== undefined) throw duplicate(name, first.line, line);
    entries.set(name, { command, line });
  }
  return entries;
}

function parseLine(content: string, line: number): { readonly name: string; readonly command: string } {
  if (hasControlCharacter(content)) throw invalid(line, 'a control character in', content);
  const colon = content.indexOf(':');
  if (colon === -1) throw invalid(line, 'no ":" after the process type in', content);
  const name = trimBlanks(content.slice(0, colon));
  if (!isProcessType(name)) throw invalid(line, `the process type is not ${processTypeForm} in`, content);
  const command = trimBlanks(content.slice(colon + 1));
  if (command === '') throw invalid(line, 'no command after', content);
  return { name, command };
}

function invalid(line: number, complaint: string, content: string): DozenError {
  const quoted = JSON.stringify(content.slice(0, 80));
  return userError('PROCFILE_INVALID', `Cannot read Procfile:${line}: ${complaint} ${quoted}`, {
    hint: `Write line ${line} of Procfile as "name: command", or begin it with "#"`,
  });
}

function duplicate(name: string, firstLine: number, line: number): DozenError {
  return userError(
    'PROCFILE_DUPLICATE',
    `Cannot read Procfile:${line}: ${JSON.stringify(name)} has a command already, in line ${firstLine}`,
    { hint: `Rename or remove line ${firstLine} or ${line} of Procfile` },
  );
}
