/**
 * A response head, parsed as strictly as a request's. It goes to the client as the bytes that came, less what belongs to
 * the hop behind this edge; `101` and `426` keep their `Connection` and `Upgrade`, for they are the answer to an upgrade.
 */
import { ConnectionOptions } from './connection-options.ts';
import { FieldCursor } from './field.ts';
import { bodyUntilClose, chunkedBody, type Framing, FramingFields, noBody } from './framing.ts';

export interface ResponseHead {
  readonly kind: 'response';
  readonly status: number;
  readonly minor: 0 | 1;
  readonly body: Framing;
  /** Begin and end of each stretch that is left out, in order. */
  readonly dropped: readonly number[];
  /** The line that a client of HTTP/1.0 is not to see: where it begins, where it ends; null: not there. */
  readonly transferEncoding: readonly [number, number] | null;
  /** The process takes another request on this connection. */
  readonly keepAlive: boolean;
  /** How long the process says it keeps an idle connection; null: it does not say. */
  readonly keepAliveMs: number | null;
}

export interface GarbledHead {
  readonly kind: 'garbled';
  readonly reason: string;
}

export const responseLimits = { headBytes: 65_536, fields: 400 } as const;

/** `text`: latin1, up to and with the empty line. `method`: of the request, for `HEAD` has no body. */
export function parseResponseHead(text: string, method: string): ResponseHead | GarbledHead {
  const status = statusOf(text);
  if (status === null) return garbled('a status line that is not of HTTP/1.1 or HTTP/1.0');
  const fields = new ResponseFields(status, text.charCodeAt(7) === ONE ? 1 : 0);
  const fault = fields.read(text) ?? fields.dropNamed(text);
  return fault === null ? fields.head(method) : garbled(fault);
}

const ONE = 49;
const cursor = new FieldCursor();

function garbled(reason: string): GarbledHead {
  return { kind: 'garbled', reason };
}

const statusLine = /^HTTP\/1\.[01] ([1-9][0-9][0-9])(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/;

function statusOf(text: string): number | null {
  const found = statusLine.exec(text);
  return found === null ? null : Number(found[1]);
}

class ResponseFields {
  readonly #status: number;
  readonly #minor: 0 | 1;
  readonly #framing = new FramingFields();
  readonly #connection = new ConnectionOptions();
  #sawKeepAlive = false;
  #dropped: number[] = [];
  #transferEncoding: [number, number] | null = null;
  #keepAliveMs: number | null = null;

  constructor(status: number, minor: 0 | 1) {
    this.#status = status;
    this.#minor = minor;
  }

  /** The fault, or null. */
  read(text: string): string | null {
    cursor.open(text, text.indexOf('\n') + 1);
    for (let count = 0; ; count++) {
      const line = cursor.end;
      const found = cursor.next();
      if (found === 'fault') return cursor.reason;
      if (found === 'end') return this.#framing.together(this.#minor);
      if (count === responseLimits.fields) return `more than ${responseLimits.fields} headers`;
      const fault = this.#judge(line);
      if (fault !== null) return fault;
    }
  }

  /** Leaves out what `Connection` names; rare, hence a pass of its own. */
  dropNamed(text: string): null {
    const { names } = this.#connection;
    if (names === null) return null;
    cursor.open(text, text.indexOf('\n') + 1);
    const stretches: number[] = [];
    for (let line = cursor.end; cursor.next() === 'field'; line = cursor.end) {
      const name = cursor.lowerName();
      if (this.#isDropped(line) || (names.has(name) && !framingNames.has(name)))
        stretches.push(line, cursor.end);
    }
    this.#dropped = stretches;
    return null;
  }

  head(method: string): ResponseHead {
    return {
      kind: 'response',
      status: this.#status,
      minor: this.#minor,
      body: this.#body(method),
      dropped: this.#dropped,
      transferEncoding: this.#transferEncoding,
      keepAlive: !this.#connection.close && (this.#minor === 1 || this.#sawKeepAlive),
      keepAliveMs: this.#keepAliveMs,
    };
  }

  #isDropped(line: number): boolean {
    for (let at = 0; at < this.#dropped.length; at += 2) {
      if ((this.#dropped[at] as number) <= line && line < (this.#dropped[at + 1] as number)) return true;
    }
    return false;
  }

  #body(method: string): Framing {
    if (method === 'HEAD' || this.#status < 200 || this.#status === 204 || this.#status === 304)
      return noBody;
    if (this.#framing.chunked) return chunkedBody;
    const { length } = this.#framing;
    return length === null ? bodyUntilClose : { kind: 'length', bytes: length };
  }

  /** The fault, or null. */
  #judge(line: number): string | null {
    const length = cursor.nameEnd - cursor.name;
    if (ownLengths[length] !== 1 && !startsWithP()) return null;
    const name = cursor.lowerName();
    switch (name) {
      case 'content-length':
        return this.#framing.contentLength(cursor.valueText());
      case 'transfer-encoding':
        this.#transferEncoding = [line, cursor.end];
        return this.#framing.transferEncoding(cursor.valueText());
      case 'connection':
        this.#addConnection(cursor.valueText());
        return this.#dropUnlessUpgrade(line);
      case 'upgrade':
        return this.#dropUnlessUpgrade(line);
      case 'keep-alive':
        this.#keepAliveMs = timeoutOf(cursor.valueText());
        return this.#drop(line);
      case 'te':
      case 'trailer':
        return this.#drop(line);
      default:
        return name.startsWith('proxy-') ? this.#drop(line) : null;
    }
  }

  #addConnection(value: string): void {
    this.#connection.add(value);
    if (value.toLowerCase() === 'keep-alive') this.#sawKeepAlive = true;
  }

  #dropUnlessUpgrade(line: number): null {
    return this.#status === 101 || this.#status === 426 ? null : this.#drop(line);
  }

  #drop(line: number): null {
    const last = this.#dropped.length - 1;
    if (last > 0 && this.#dropped[last] === line) this.#dropped[last] = cursor.end;
    else this.#dropped.push(line, cursor.end);
    return null;
  }
}

const framingNames: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

const ownLengths = new Uint8Array(32);
for (const name of [...framingNames, 'connection', 'upgrade', 'keep-alive', 'te', 'trailer']) {
  ownLengths[name.length] = 1;
}

const P = 112;

function startsWithP(): boolean {
  return (cursor.text.charCodeAt(cursor.name) | 32) === P;
}

/** `timeout=5, max=100`. */
function timeoutOf(value: string): number | null {
  const found = /(?:^|[\s,])timeout=([0-9]{1,6})(?:$|[\s,])/i.exec(value);
  return found === null ? null : Number(found[1]) * 1000;
}
