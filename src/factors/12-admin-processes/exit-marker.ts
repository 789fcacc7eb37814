/**
 * How the official command line learns a run's exit code (`heroku run --exit-code`): it appends to the command an `echo` of a text that
 * nobody else writes, and looks for it in what the run says. A command that exits by itself never comes to that `echo`; so here the
 * platform takes it off the command, and says it when the run has ended, however it did.
 */

/** U+FFFF, which is no character. */
const sign = '\uFFFF heroku-command-exit-status: ';
const appended = ` ; echo "${sign}$?"`;

export interface MarkedCommand {
  readonly command: string;
  /** Whether its caller waits for the mark. */
  readonly marked: boolean;
}

export function takeExitMarker(text: string): MarkedCommand {
  return text.endsWith(appended)
    ? { command: text.slice(0, -appended.length), marked: true }
    : { command: text, marked: false };
}

export function exitMarker(status: number): string {
  return `${sign}${status}\n`;
}
