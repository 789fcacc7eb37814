/** Log lines as a person reads them: when, who in a colour of its own, what. */

import { type Colour, type Out, paint } from '../api/paint.ts';
import { printable } from '../api/stages.ts';
import type { LogLine } from '../factors/11-logs/log-line.ts';

const palette: readonly Colour[] = ['cyan', 'yellow', 'green', 'magenta', 'blue'];

/** Colours are given in the order in which processes first speak; names are padded to the longest so far. */
export function logPrinter(out: Out): (line: LogLine) => string {
  const colours = new Map<string, Colour>();
  let width = 8;
  return ({ at, process, source, text }) => {
    const colour = colours.get(process) ?? palette[colours.size % palette.length] ?? 'cyan';
    colours.set(process, colour);
    width = Math.max(width, process.length);
    const time = new Date(at).toTimeString().slice(0, 8);
    const said = source === 'dozen' ? paint(out, 'dim', printable(text)) : printable(text);
    return `${paint(out, 'dim', time)} ${paint(out, colour, process.padEnd(width))} ${paint(out, 'dim', '|')} ${said}\n`;
  };
}
