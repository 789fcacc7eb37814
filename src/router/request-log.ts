/**
 * A request as one line of the app's log, in the published sentence of Heroku's router, so that what reads those reads
 * these: `at=info method=GET path="/x" host=guestbook.localhost request_id=… fwd="127.0.0.1" dyno=web.1 connect=0ms
 * service=12ms status=200 bytes=512 protocol=http`, and `at=error code=PROCESS_NONE desc="…" method=…`.
 *
 * A client chooses much of it: whatever could end the line, a quote or a field is escaped, and nothing but printable ASCII
 * comes out.
 */
import type { RequestLine } from './router.ts';
import { codeMeanings } from './router-code.ts';

/** Characters of a path that are written; the rest is `...`. */
export const longestPath = 2_048;

export function requestLog(line: RequestLine): string {
  return (
    `${outcome(line)} method=${bare(line.method)} path=${quoted(shortened(line.path))} host=${bare(line.host)} ` +
    `request_id=${bare(line.requestId)} fwd=${quoted(line.client)} dyno=${line.process ?? ''} ` +
    `connect=${Math.round(line.connectMs)}ms service=${Math.round(line.serviceMs)}ms ` +
    `status=${line.status} bytes=${line.bytes} protocol=${line.protocol}`
  );
}

/** A client that leaves is no error of the app, and maintenance none of anybody. */
function outcome({ code }: RequestLine): string {
  if (code === null) return 'at=info';
  const { heroku } = codeMeanings[code];
  if (heroku !== undefined) return `at=info code=${heroku.code} desc=${quoted(heroku.desc)}`;
  return `at=${code === 'CLIENT_GONE' ? 'info' : 'error'} code=${code} desc=${quoted(codeMeanings[code].meaning)}`;
}

function bare(text: string): string {
  return /^[\w!#$%&'*+.:[\]^`|~,;()/?@-]*$/.test(text) ? text : quoted(text);
}

function quoted(text: string): string {
  return plain.test(text) ? `"${text}"` : `"${text.replace(/[^\x20-\x7e]|["\\]/g, escaped)}"`;
}

const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function escaped(char: string): string {
  if (char === '"' || char === '\\') return `\\${char}`;
  if (char === '\n') return '\\n';
  if (char === '\r') return '\\r';
  if (char === '\t') return '\\t';
  const code = char.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

function shortened(path: string): string {
  return path.length > longestPath ? `${path.slice(0, longestPath)}...` : path;
}
