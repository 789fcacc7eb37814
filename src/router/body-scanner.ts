/**
 * Finds the end of one body in the bytes of a connection, as they come, and never copies one.
 *
 * `scan` goes over a stretch of bytes that are either all to be passed on or all to be left out (`relay`). What is left
 * out: the fields of a chunked body's trailer (this edge drops `Trailer` and `TE`, so nobody was promised them), and, when
 * `unwrap` is on, the chunk framing itself, for a client that only knows HTTP/1.0. Everything else goes on as it came, which is
 * safe because it was read strictly: sizes are hexadecimal digits within the safe integers, lines end with CR LF,
 * extensions and trailers have no control characters and a limit.
 *
 * ```
 * size ─► (extension) ─► size-lf ─► data ─► data-cr ─► data-lf ─► size …
 *                           └ size 0 ─► trailer ─► end-lf ─► done
 *                                        └► trailer-name ─► trailer-line ─► trailer-lf ─► trailer
 * ```
 */
import { tokenBytes, valueBytes } from './field.ts';
import type { Framing } from './framing.ts';

/** Of one body, over all its chunks. */
export const bodyLimits = { extensionBytes: 16_384, trailerBytes: 16_384 } as const;

type State =
  | 'length'
  | 'until-close'
  | 'size'
  | 'extension'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailer'
  | 'trailer-name'
  | 'trailer-line'
  | 'trailer-lf'
  | 'end-lf'
  | 'fault';

export class BodyScanner {
  done: boolean;
  /** Whether the stretch that `scan` went over is part of what goes on. */
  relay = true;
  readonly untilClose: boolean;
  readonly #unwrap: boolean;
  #remaining: number;
  #state: State;
  #digits = 0;
  #extensionBytes = 0;
  #trailerBytes = 0;

  constructor(framing: Framing, unwrap: boolean) {
    this.#remaining = framing.kind === 'length' ? framing.bytes : 0;
    this.#state = framing.kind === 'chunked' ? 'size' : framing.kind === 'length' ? 'length' : 'until-close';
    this.untilClose = framing.kind === 'until-close';
    this.done = framing.kind === 'none' || (framing.kind === 'length' && framing.bytes === 0);
    this.#unwrap = unwrap;
  }

  /**
   * Where the stretch that begins at `from` ends; -1 when the body is malformed. Bytes after the end of the body
   * are not gone over.
   */
  scan(bytes: Buffer, from: number): number {
    if (this.#state === 'until-close') return bytes.length;
    if (this.#state === 'length') return this.#scanLength(bytes, from);
    return this.#scanChunked(bytes, from);
  }

  #scanLength(bytes: Buffer, from: number): number {
    const taken = Math.min(this.#remaining, bytes.length - from);
    this.#remaining -= taken;
    this.done = this.#remaining === 0;
    return from + taken;
  }

  #scanChunked(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && !this.done) {
      const byte = bytes[at] as number;
      if (this.#state === 'trailer' && byte !== CR) this.#state = 'trailer-name';
      const relay = this.#relays();
      if (at === from) this.relay = relay;
      else if (relay !== this.relay) return at;
      if (this.#state === 'data') {
        at = this.#skipData(at, bytes.length);
        continue;
      }
      this.#state = this.#step(byte);
      if (this.#state === 'fault') return -1;
      at++;
    }
    return at;
  }

  #relays(): boolean {
    switch (this.#state) {
      case 'data':
        return true;
      case 'trailer-name':
      case 'trailer-line':
      case 'trailer-lf':
        return false;
      default:
        return !this.#unwrap;
    }
  }

  #skipData(at: number, length: number): number {
    const taken = Math.min(this.#remaining, length - at);
    this.#remaining -= taken;
    if (this.#remaining === 0) this.#state = 'data-cr';
    return at + taken;
  }

  #step(byte: number): State {
    switch (this.#state) {
      case 'size':
        return this.#stepSize(byte);
      case 'extension':
        return this.#stepExtension(byte);
      case 'size-lf':
        if (byte !== LF) return 'fault';
        this.#digits = 0;
        return this.#remaining === 0 ? 'trailer' : 'data';
      case 'data-cr':
        return byte === CR ? 'data-lf' : 'fault';
      case 'data-lf':
        return byte === LF ? 'size' : 'fault';
      case 'trailer':
        return 'end-lf';
      case 'end-lf':
        this.done = byte === LF;
        return this.done ? 'end-lf' : 'fault';
      default:
        return this.#stepTrailer(byte);
    }
  }

  #stepSize(byte: number): State {
    const digit = hexDigits[byte] as number;
    if (digit < 0) {
      if (this.#digits === 0) return 'fault';
      return byte === CR ? 'size-lf' : byte === SEMICOLON ? 'extension' : 'fault';
    }
    this.#remaining = this.#remaining * 16 + digit;
    this.#digits++;
    return this.#digits > 16 || this.#remaining > Number.MAX_SAFE_INTEGER ? 'fault' : 'size';
  }

  #stepExtension(byte: number): State {
    if (byte === CR) return 'size-lf';
    if (valueBytes[byte] !== 1 || ++this.#extensionBytes > bodyLimits.extensionBytes) return 'fault';
    return 'extension';
  }

  #stepTrailer(byte: number): State {
    if (++this.#trailerBytes > bodyLimits.trailerBytes) return 'fault';
    if (this.#state === 'trailer-lf') return byte === LF ? 'trailer' : 'fault';
    if (this.#state === 'trailer-name') return tokenBytes[byte] === 1 ? 'trailer-line' : 'fault';
    if (byte === CR) return 'trailer-lf';
    return valueBytes[byte] === 1 ? 'trailer-line' : 'fault';
  }
}

const LF = 10;
const CR = 13;
const SEMICOLON = 59;

const hexDigits = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  const char = digit.toString(16);
  hexDigits[char.charCodeAt(0)] = digit;
  hexDigits[char.toUpperCase().charCodeAt(0)] = digit;
}
