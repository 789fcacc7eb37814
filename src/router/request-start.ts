/** The first line of a request, read strictly (RFC 9112 section 3): one space between its parts, no more. */
import { tokenBytes } from './field.ts';

export interface RequestStart {
  readonly kind: 'start';
  readonly method: string;
  /** Origin form, or `*`. */
  readonly target: string;
  /** Of an absolute target: it takes the place of `Host`. */
  readonly authority: string | null;
  readonly minor: 0 | 1;
  /** Where the first field line begins. */
  readonly end: number;
}

export interface Refusal {
  readonly kind: 'refusal';
  readonly code: 'REQUEST_MALFORMED' | 'REQUEST_HEAD_TOO_LARGE';
  /** What was found, as a noun phrase. */
  readonly reason: string;
}

export function refuse(reason: string): Refusal {
  return { kind: 'refusal', code: 'REQUEST_MALFORMED', reason };
}

export function parseRequestStart(text: string): RequestStart | Refusal {
  const methodEnd = tokenEnd(text);
  if (methodEnd === 0 || methodEnd > 24 || text.charCodeAt(methodEnd) !== SPACE) {
    return refuse('a method that is not a token');
  }
  const targetEnd = visibleEnd(text, methodEnd + 1);
  const lineEnd = targetEnd + 9;
  if (text.charCodeAt(targetEnd) !== SPACE || text.charCodeAt(lineEnd) !== CR) {
    return refuse('a request line that is not method, target and version');
  }
  const minor = text.charCodeAt(lineEnd - 1) - ZERO;
  if (!text.startsWith('HTTP/1.', targetEnd + 1) || (minor !== 0 && minor !== 1)) {
    return refuse('a version other than HTTP/1.1 and HTTP/1.0');
  }
  if (text.charCodeAt(lineEnd + 1) !== LF) return refuse('a line that ends with CR alone');
  const method = text.slice(0, methodEnd);
  return parseTarget(text.slice(methodEnd + 1, targetEnd), { method, minor, end: lineEnd + 2 });
}

const LF = 10;
const CR = 13;
const SPACE = 32;
const SLASH = 47;
const ZERO = 48;
const DELETE = 127;

function tokenEnd(text: string): number {
  let at = 0;
  while (tokenBytes[text.charCodeAt(at)] === 1) at++;
  return at;
}

function visibleEnd(text: string, from: number): number {
  let at = from;
  let code = text.charCodeAt(at);
  while (code > SPACE && code !== DELETE) code = text.charCodeAt(++at);
  return at;
}

function parseTarget(
  target: string,
  line: Pick<RequestStart, 'method' | 'minor' | 'end'>,
): RequestStart | Refusal {
  const { method, minor, end } = line;
  if (method === 'CONNECT') return refuse('CONNECT, which this edge does not do');
  if (target.charCodeAt(0) === SLASH || (target === '*' && method === 'OPTIONS')) {
    return { kind: 'start', method, target, authority: null, minor, end };
  }
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target);
  if (absolute === null) return refuse('a target that is neither a path nor a URL');
  const [, authority = '', rest = ''] = absolute;
  return { kind: 'start', method, target: originForm(rest, method), authority, minor, end };
}

function originForm(rest: string, method: string): string {
  if (rest === '' && method === 'OPTIONS') return '*';
  return rest.startsWith('/') ? rest : `/${rest}`;
}
