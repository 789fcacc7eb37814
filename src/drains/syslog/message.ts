/**
 * A log line as RFC 5424 writes it, in the frame of RFC 6587 with octet counting.
 *
 * ```
 * 62 <190>1 2026-01-02T03:04:05.678Z d.0a1b app web.1 - - listening
 * │  │      │                        │      │   │     │ │ └ text
 * │  │      │                        │      │   │     └─┴── no message id, no structured data
 * │  │      │                        │      │   └ process
 * │  │      │                        │      └ source
 * │  │      │                        └ hostname: who the destination takes it from
 * │  └ facility × 8 + severity
 * └ bytes that follow
 * ```
 * The text is UTF-8 without a byte order mark. NUL, at which receivers written in C cut a line, and line feed, at which
 * others begin a new one, are sent as the symbols ␀ and ␊; other control characters, colours among them, are legal and
 * left as they are. What a header field cannot hold becomes `?`, and what is too long for it is cut.
 */
import type { LogLine } from '../../factors/11-logs/log-line.ts';

/** What of a line is sent. */
export type SentLine = Pick<LogLine, 'at' | 'source' | 'process' | 'text'>;

/** `hostname` is a token by which the destination knows the drain. */
export function frameOf(line: SentLine, hostname: string): Buffer {
  const message = messageOf(line, hostname);
  return Buffer.from(`${Buffer.byteLength(message)} ${message}`);
}

function messageOf(line: SentLine, hostname: string): string {
  const fields = [
    `<${priorityOf(line)}>1`,
    timestampOf(line.at),
    field(hostname, 255),
    field(line.source, 48),
    field(line.process, 128),
    '-',
    '-',
    line.text.replaceAll('\0', '␀').replaceAll('\n', '␊'),
  ];
  return fields.join(' ');
}

/** Those of Heroku: local7.info for what an app says, local3.info for its requests, syslog.notice for the platform. */
function priorityOf({ source, process }: SentLine): number {
  if (source === 'app') return 190;
  return process === 'router' ? 158 : 45;
}

/** A time with a year of four digits, else the nil value. */
function timestampOf(at: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '-';
  const text = date.toISOString();
  return text.length === 24 ? text : '-';
}

/** Printable ASCII without spaces, and the nil value for nothing. */
function field(text: string, length: number): string {
  return text.replaceAll(/[^!-~]/gu, '?').slice(0, length) || '-';
}
