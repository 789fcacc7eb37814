/**
 * A request head, parsed once at the border: where it goes, how its body ends, and what of it goes on.
 *
 * Not sent on: what belongs to this hop (`Connection` and what it names, `Keep-Alive`, `Proxy-*`, `TE`, `Trailer`,
 * `Transfer-Encoding`, `Upgrade`), the body's framing as it was spelled (it is written anew), `Proxy` (a CGI app takes it for its
 * own `HTTP_PROXY`), and what this edge says itself. A name with `_` that a CGI-like app cannot tell from one of these
 * (`X_Forwarded_For`) is left out as well.
 */
import { ConnectionOptions } from './connection-options.ts';
import { FieldCursor } from './field.ts';
import { chunkedBody, type Framing, FramingFields, noBody } from './framing.ts';
import { routeHost } from './host.ts';
import { parseRequestStart, type Refusal, type RequestStart, refuse } from './request-start.ts';

export interface RequestHead {
  readonly kind: 'request';
  /** As it came, in latin1. */
  readonly text: string;
  readonly method: string;
  /** Origin form, or `*`. */
  readonly target: string;
  readonly minor: 0 | 1;
  /** As routes know it. Empty: an HTTP/1.0 client named none. */
  readonly host: string;
  /** The field lines to send on, each with its CR LF. */
  readonly fields: string;
  readonly body: Framing;
  /** The client can send another request on its connection. */
  readonly keepAlive: boolean;
  /** The protocol asked for; null: none, or the request has a body and goes on without the wish. */
  readonly upgrade: string | null;
  /** The client's `X-Request-Id`, when it can be kept. */
  readonly requestId: string | null;
  /** The client's `X-Forwarded-For`, all lines of it. */
  readonly forwardedFor: string | null;
}

export const requestLimits = { headBytes: 65_536, fields: 200 } as const;

/** `text`: latin1, up to and with the empty line. */
export function parseRequestHead(text: string): RequestHead | Refusal {
  const start = parseRequestStart(text);
  if (start.kind === 'refusal') return start;
  const fields = new RequestFields(start);
  const fault = fields.read(text, null) ?? fields.rereadWithout(text) ?? fields.check();
  if (fault !== null) return fault;
  return fields.head(text);
}

const cursor = new FieldCursor();

class RequestFields {
  readonly #start: RequestStart;
  readonly #connection = new ConnectionOptions();
  #framing = new FramingFields();
  #kept = '';
  #host: string | null = null;
  #hosts = 0;
  #upgrade: string | null = null;
  #requestId: string | null = null;
  #forwardedFor: string | null = null;

  constructor(start: RequestStart) {
    this.#start = start;
    if (start.authority !== null) this.#kept = `Host: ${start.authority}\r\n`;
  }

  /** One pass. `without`: the names that `Connection` turned out to hold. */
  read(text: string, without: ReadonlySet<string> | null): Refusal | null {
    cursor.open(text, this.#start.end);
    let keptTo = this.#start.end;
    let count = 0;
    for (;;) {
      const line = cursor.end;
      const found = cursor.next();
      if (found === 'fault') return refuse(cursor.reason);
      if (found === 'end') {
        this.#kept += text.slice(keptTo, line);
        return null;
      }
      if (++count > requestLimits.fields) return tooMany;
      const verdict = this.#judge(without);
      if (verdict === KEEP) continue;
      if (verdict !== DROP) return refuse(verdict);
      this.#kept += text.slice(keptTo, line);
      keptTo = cursor.end;
    }
  }

  /** `Connection` may name a header that came before it, so its names take a second pass. */
  rereadWithout(text: string): Refusal | null {
    const { names } = this.#connection;
    if (names === null) return null;
    for (const name of framingNames) {
      if (names.has(name)) return refuse(`a Connection header that names ${JSON.stringify(name)}`);
    }
    const again = new RequestFields(this.#start);
    const fault = again.read(text, names);
    this.#kept = again.#kept;
    return fault;
  }

  check(): Refusal | null {
    const { minor, authority } = this.#start;
    if (this.#hosts > 1) return refuse('more than one Host');
    if (this.#hosts === 0 && minor === 1) return refuse('no Host');
    const fault = this.#framing.together(minor);
    if (fault !== null) return refuse(fault);
    this.#host = routeHost(authority ?? this.#host ?? '');
    return this.#host === null ? refuse('a Host that is not a host') : null;
  }

  head(text: string): RequestHead {
    const { method, target, minor } = this.#start;
    const body = this.#body();
    return {
      kind: 'request',
      text,
      method,
      target,
      minor,
      host: this.#host ?? '',
      fields: this.#kept,
      body,
      keepAlive: minor === 1 && !this.#connection.close,
      upgrade: this.#connection.upgrade && minor === 1 && body.kind === 'none' ? this.#upgrade : null,
      requestId: this.#requestId,
      forwardedFor: this.#forwardedFor,
    };
  }

  #body(): Framing {
    if (this.#framing.chunked) return chunkedBody;
    const { length } = this.#framing;
    return length === null ? noBody : { kind: 'length', bytes: length };
  }

  /** `KEEP`, `DROP`, or what is wrong with the line. */
  #judge(without: ReadonlySet<string> | null): string {
    if (cursor.underscored) return ownNames.has(cursor.lowerName().replaceAll('_', '-')) ? DROP : KEEP;
    if (without?.has(cursor.lowerName())) return DROP;
    // Most lines are told apart by their length alone, without making a string.
    const length = cursor.nameEnd - cursor.name;
    if (ownLengths[length] !== 1 && !startsWithP()) return KEEP;
    const name = cursor.lowerName();
    return ownNames.has(name) || name.startsWith('proxy-') ? this.#take(name) : KEEP;
  }

  #take(name: string): string {
    switch (name) {
      case 'host':
        this.#hosts++;
        this.#host = cursor.valueText();
        return this.#start.authority === null ? KEEP : DROP;
      case 'content-length':
        return this.#framing.contentLength(cursor.valueText()) ?? DROP;
      case 'transfer-encoding':
        return this.#framing.transferEncoding(cursor.valueText()) ?? DROP;
      case 'connection':
        this.#connection.add(cursor.valueText());
        return DROP;
      case 'upgrade':
        this.#addUpgrade(cursor.valueText());
        return DROP;
      case 'x-request-id':
        this.#requestId ??= requestIdOf(cursor.valueText());
        return DROP;
      case 'x-forwarded-for':
        this.#addForwardedFor(cursor.valueText());
        return DROP;
      default:
        return DROP;
    }
  }

  /** HTTP/2 by upgrade would let requests in that no parser of this edge has seen. */
  #addUpgrade(value: string): void {
    if (!/(^|,)\s*h2c?\s*(,|$)/i.test(value)) this.#upgrade = value;
  }

  #addForwardedFor(value: string): void {
    if (value === '') return;
    this.#forwardedFor = this.#forwardedFor === null ? value : `${this.#forwardedFor}, ${value}`;
  }
}

const KEEP = 'keep';
const DROP = 'drop';

const tooMany: Refusal = {
  kind: 'refusal',
  code: 'REQUEST_HEAD_TOO_LARGE',
  reason: `more than ${requestLimits.fields} headers`,
};

const framingNames = ['host', 'content-length', 'transfer-encoding'] as const;

const ownNames: ReadonlySet<string> = new Set([
  ...framingNames,
  'te',
  'proxy',
  'trailer',
  'upgrade',
  'connection',
  'keep-alive',
  'x-request-id',
  'x-request-start',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
]);

const ownLengths = new Uint8Array(32);
for (const name of ownNames) ownLengths[name.length] = 1;

const P = 112;

function startsWithP(): boolean {
  return (cursor.text.charCodeAt(cursor.name) | 32) === P;
}

function requestIdOf(value: string): string | null {
  return /^[A-Za-z0-9_-]{1,200}$/.test(value) ? value : null;
}
