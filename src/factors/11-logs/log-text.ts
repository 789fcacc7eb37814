/** A line as Heroku writes it: `2026-01-31T14:30:00.123000+00:00 app[web.1]: text`. */
import type { LogLine } from './log-line.ts';

/** @param platform what the platform's own lines come from. */
export function logText(
  { at, source, process, text }: Pick<LogLine, 'at' | 'source' | 'process' | 'text'>,
  platform: 'dozen' | 'heroku',
): string {
  const time = new Date(at).toISOString().replace('Z', '000+00:00');
  return `${time} ${source === 'dozen' ? platform : source}[${process}]: ${text}`;
}
