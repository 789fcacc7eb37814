/** What somebody asks to be run once: a line for the app's shell. */
import { userError } from '../../base/error.ts';

/** Characters. Linux gives one argument of a process 128 KiB, and a character takes up to four bytes. */
const limit = 32 * 1024;

/**
 * One word is a line for the shell, as it is: `"ls | wc -l"`. Several are a program and its arguments, each given to it exactly as
 * it stands here.
 */
export function commandOf(words: readonly string[]): string {
  const [only = '', ...more] = words;
  return more.length === 0 ? only : words.map(quoted).join(' ');
}

/** @throws RUN_COMMAND_INVALID */
export function parseRunCommand(text: string): string {
  const fault = faultOf(text);
  if (fault === null) return text;
  throw userError('RUN_COMMAND_INVALID', `Cannot run this command: ${fault}`, {
    hint: 'dozen run --help shows how a command is given',
  });
}

/** Its first word, where that is the plain name of a program: what comes behind it, or stands before it, may be a secret. */
export function programOf(command: string): string | null {
  return /^\s*([\w@%+:,./-]+)(?=\s|$)/.exec(command)?.[1] ?? null;
}

function faultOf(text: string): string | null {
  if (!/\S/.test(text)) return 'it is empty';
  if (text.length > limit) return `it has over ${limit} characters`;
  return text.includes('\0') ? 'it has a NUL character' : null;
}

/** Left as it is where the shell would: commands stand in logs, where people read them. */
function quoted(word: string): string {
  return /^[\w@%+:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
