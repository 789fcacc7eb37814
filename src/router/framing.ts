/** How the end of a message's body is known (RFC 9112 section 6). */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** A response only: the body ends when the connection does. */
  | { readonly kind: 'until-close' };

export const noBody: Framing = { kind: 'none' };
export const chunkedBody: Framing = { kind: 'chunked' };
export const bodyUntilClose: Framing = { kind: 'until-close' };

/** Digits alone, within the safe integers; null otherwise. */
export function parseContentLength(text: string): number | null {
  if (!/^[0-9]{1,16}$/.test(text)) return null;
  const bytes = Number(text);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/**
 * What the fields of one message say about its body. A second `Content-Length`, even an equal one, a
 * `Transfer-Encoding` that is not exactly `chunked`, and both together are faults: two parsers that see different ends of one
 * message is what request smuggling is made of.
 */
export class FramingFields {
  length: number | null = null;
  chunked = false;

  /** The fault, or null. */
  contentLength(value: string): string | null {
    if (this.length !== null) return 'more than one Content-Length';
    this.length = parseContentLength(value);
    return this.length === null ? 'a Content-Length that is not a number' : null;
  }

  /** The fault, or null. */
  transferEncoding(value: string): string | null {
    if (this.chunked) return 'more than one Transfer-Encoding';
    this.chunked = value.toLowerCase() === 'chunked';
    return this.chunked ? null : 'a Transfer-Encoding other than chunked';
  }

  /** The fault, or null. `minor`: of the message's HTTP version. */
  together(minor: number): string | null {
    if (this.chunked && this.length !== null) return 'both Content-Length and Transfer-Encoding';
    return this.chunked && minor === 0 ? 'a Transfer-Encoding in HTTP/1.0' : null;
  }
}
