/**
 * The field lines of an HTTP/1 head or trailer, one pass, strict (RFC 9112 section 5): a name is a token directly
 * followed by its colon, a line ends with CR LF, a value has no control character but the tab, and nothing is folded.
 * What another parser might read differently is a fault, never repaired.
 */

/** 1 for the bytes a token may have (RFC 9110 section 5.6.2). */
export const tokenBytes = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  tokenBytes[char.charCodeAt(0)] = 1;
}

/** 1 for the bytes a value may have: everything but control characters, the tab excepted. */
export const valueBytes = new Uint8Array(256).fill(1, 32);
valueBytes[9] = 1;
valueBytes[127] = 0;

export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (tokenBytes[text.charCodeAt(at)] !== 1) return false;
  return text.length > 0;
}

/**
 * Walks the lines of a head given as latin1 text, whose last four bytes are CR LF CR LF. Reused from head to head;
 * the positions are those of the line that `next` went over.
 */
export class FieldCursor {
  text = '';
  name = 0;
  nameEnd = 0;
  value = 0;
  valueEnd = 0;
  /** Past the line's CR LF. */
  end = 0;
  underscored = false;
  /** Why the last `next` gave `fault`. */
  reason = '';

  /** `at`: where the first field line begins. */
  open(text: string, at: number): void {
    this.text = text;
    this.end = at;
  }

  next(): 'field' | 'end' | 'fault' {
    if (this.text.charCodeAt(this.end) === CR) return this.#finish();
    if (!this.#readName()) return 'fault';
    return this.#readValue() ? 'field' : 'fault';
  }

  /** In lower case. */
  lowerName(): string {
    return this.text.slice(this.name, this.nameEnd).toLowerCase();
  }

  valueText(): string {
    return this.text.slice(this.value, this.valueEnd);
  }

  #finish(): 'end' | 'fault' {
    if (this.text.charCodeAt(this.end + 1) === LF && this.end + 2 === this.text.length) return 'end';
    return this.#fault('a line that ends with CR alone');
  }

  #readName(): boolean {
    const { text } = this;
    let at = this.end;
    this.name = at;
    this.underscored = false;
    let code = text.charCodeAt(at);
    while (tokenBytes[code] === 1) {
      if (code === UNDERSCORE) this.underscored = true;
      code = text.charCodeAt(++at);
    }
    this.nameEnd = at;
    if (code === COLON && at > this.name) return true;
    this.#fault(nameFault(code, at === this.name));
    return false;
  }

  #readValue(): boolean {
    const { text } = this;
    let at = this.nameEnd + 1;
    let code = text.charCodeAt(at);
    while (code === SPACE || code === TAB) code = text.charCodeAt(++at);
    this.value = at;
    while (valueBytes[code] === 1) code = text.charCodeAt(++at);
    if (code !== CR || text.charCodeAt(at + 1) !== LF) {
      this.#fault(valueFault(code));
      return false;
    }
    this.end = at + 2;
    while (at > this.value && isBlank(text.charCodeAt(at - 1))) at--;
    this.valueEnd = at;
    return true;
  }

  #fault(reason: string): 'fault' {
    this.reason = reason;
    return 'fault';
  }
}

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const COLON = 58;
const UNDERSCORE = 95;

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function nameFault(code: number, atStart: boolean): string {
  if (isBlank(code)) return atStart ? 'a folded header line' : 'a space before the colon of a header';
  if (code === LF) return 'a line that ends with LF alone';
  return atStart && code === COLON
    ? 'a header without a name'
    : 'a character in a header name that is not allowed there';
}

function valueFault(code: number): string {
  if (code === CR) return 'a line that ends with CR alone';
  if (code === LF) return 'a line that ends with LF alone';
  return 'a control character in a header';
}
