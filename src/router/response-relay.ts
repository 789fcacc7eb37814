/**
 * Takes the bytes of one response from a process to the client, as they come.
 *
 * The head goes out as the bytes that came: what is to be left out of it is closed up in place, so that head and body stay one
 * piece of memory and one write. Only a head that must say `Connection: close` is put together anew.
 */
import type { Socket } from 'node:net';
import { BodyScanner } from './body-scanner.ts';
import { headEnd, isHopeless } from './head-search.ts';
import type { RequestHead } from './request-head.ts';
import { parseResponseHead, type ResponseHead, responseLimits } from './response-head.ts';

/**
 * - `more`: the response is not complete
 * - `upgraded`: it is a 101; all that follows is raw
 * - `garbled`: it is not HTTP
 */
export type Progress = 'more' | 'complete' | 'upgraded' | 'garbled';

export class ResponseRelay {
  /** Of the final head, once it is on its way; 0 before. */
  status = 0;
  /** Handed to the client. */
  bytes = 0;
  /** The client's connection cannot outlive this response. */
  closesClient: boolean;
  /** The end of the connection is the end of the body. */
  endsWithConnection = false;
  /** The client cannot tell a broken body from a complete one by its framing. */
  unframed = false;
  /** The process's connection can take another request. */
  reusable = false;
  keepAliveMs: number | null = null;
  readonly #client: Socket;
  readonly #request: RequestHead;
  #scanner: BodyScanner | null = null;
  #held: Buffer | null = null;

  constructor(client: Socket, request: RequestHead, closesClient: boolean) {
    this.#client = client;
    this.#request = request;
    this.closesClient = closesClient;
  }

  take(bytes: Buffer): Progress {
    if (this.#scanner !== null) return this.#takeBody(this.#scanner, bytes, 0);
    if (this.#held === null) return this.#takeHeads(bytes, 0);
    const known = this.#held.length;
    return this.#takeHeads(Buffer.concat([this.#held, bytes]), known);
  }

  #takeHeads(bytes: Buffer, known: number): Progress {
    let from = 0;
    this.#held = null;
    while (from < bytes.length) {
      const end = headEnd(bytes, from, known);
      if (end < 0) return this.#hold(bytes, from);
      if (end - from > responseLimits.headBytes) return 'garbled';
      const head = parseResponseHead(bytes.toString('latin1', from, end), this.#request.method);
      if (head.kind === 'garbled') return 'garbled';
      if (head.status === 101) return this.#upgrade(bytes, from);
      if (head.status >= 200) return this.#begin(head, bytes, from, end);
      this.#relayInterim(head, bytes, from, end);
      from = end;
    }
    return 'more';
  }

  #hold(bytes: Buffer, from: number): Progress {
    const begun = bytes.toString('latin1', from, from + 7);
    if (!'HTTP/1.'.startsWith(begun) || isHopeless(bytes, from)) return 'garbled';
    if (bytes.length - from > responseLimits.headBytes) return 'garbled';
    this.#held = bytes.subarray(from);
    return 'more';
  }

  /** A client of HTTP/1.0 knows no interim responses. */
  #relayInterim(head: ResponseHead, bytes: Buffer, from: number, end: number): void {
    if (this.#request.minor === 1) this.#write(bytes.subarray(closeUp(bytes, from, head.dropped), end));
  }

  #upgrade(bytes: Buffer, from: number): Progress {
    if (this.#request.upgrade === null) return 'garbled';
    this.status = 101;
    this.#write(bytes.subarray(from));
    return 'upgraded';
  }

  #begin(head: ResponseHead, bytes: Buffer, from: number, end: number): Progress {
    const unwrap = this.#request.minor === 0;
    const scanner = new BodyScanner(head.body, unwrap);
    this.#scanner = scanner;
    this.endsWithConnection = scanner.untilClose;
    this.unframed = scanner.untilClose || (unwrap && head.body.kind === 'chunked');
    this.closesClient ||= scanner.untilClose;
    this.reusable = head.keepAlive && !scanner.untilClose;
    this.keepAliveMs = head.keepAliveMs;
    if (head.minor === 0) bytes[from + 7] = ONE;
    if (this.closesClient) return this.#beginLast(head, bytes, from, end);
    const start = closeUp(bytes, from, head.dropped);
    this.status = head.status;
    if (scanner.done || end === bytes.length) {
      this.#write(bytes.subarray(start, end));
      return this.#progress(scanner, end === bytes.length);
    }
    return this.#takeBody(scanner, bytes, end, start);
  }

  /** The last response of the client's connection says so. */
  #beginLast(head: ResponseHead, bytes: Buffer, from: number, end: number): Progress {
    const scanner = this.#scanner as BodyScanner;
    const dropped = this.unframed ? withStretch(head.dropped, head.transferEncoding) : head.dropped;
    const start = closeUp(bytes, from, dropped);
    this.status = head.status;
    this.#client.cork();
    this.#write(bytes.subarray(start, end - 2));
    this.#write(closeLines);
    const progress = this.#takeBody(scanner, bytes, end);
    this.#client.uncork();
    return progress;
  }

  /** `start`: where what must go out together with the first stretch begins. */
  #takeBody(scanner: BodyScanner, bytes: Buffer, from: number, start = from): Progress {
    let at = from;
    let unsent = start;
    while (at < bytes.length && !scanner.done) {
      const end = scanner.scan(bytes, at);
      if (end < 0) {
        // The head has not gone out yet: the client can still get a page.
        if (unsent < from) this.status = 0;
        return 'garbled';
      }
      const sent = scanner.relay ? end : at;
      if (sent > unsent) this.#write(bytes.subarray(unsent, sent));
      at = end;
      unsent = end;
    }
    return this.#progress(scanner, at === bytes.length);
  }

  #progress(scanner: BodyScanner, exact: boolean): Progress {
    // What comes after a response answers a request that nobody sent.
    if (!exact) this.reusable = false;
    return scanner.done ? 'complete' : 'more';
  }

  #write(bytes: Buffer): void {
    this.bytes += bytes.length;
    this.#client.write(bytes);
  }
}

const ONE = 49;
const closeLines = Buffer.from('Connection: close\r\n\r\n', 'latin1');

/** Moves what is kept before each stretch up to what is kept behind it; where the head begins after that. */
function closeUp(bytes: Buffer, from: number, dropped: readonly number[]): number {
  let start = from;
  for (let at = 0; at < dropped.length; at += 2) {
    const begin = from + (dropped[at] as number);
    const length = (dropped[at + 1] as number) - (dropped[at] as number);
    bytes.copyWithin(start + length, start, begin);
    start += length;
  }
  return start;
}

function withStretch(
  dropped: readonly number[],
  stretch: readonly [number, number] | null,
): readonly number[] {
  if (stretch === null) return dropped;
  const pairs = [[...stretch]];
  for (let at = 0; at < dropped.length; at += 2) pairs.push(dropped.slice(at, at + 2));
  return pairs.sort(([a = 0], [b = 0]) => a - b).flat();
}
