/**
 * One connection of a client: requests in order, one in flight at a time.
 *
 * ```
 * idle ─► head ─► exchange ─► idle …
 *           │         └─► linger ─► closed
 *           └─► a page ──►┘
 * ```
 * Bytes that come before they can be used (the next request, or a body whose process is not connected yet) stay
 * `pending`, and the connection is not read from until they are taken. A client that ends its side while a request is in
 * flight has left: its request is ended too, as a person who leaves a page expects.
 */
import type { Socket } from 'node:net';
import type { Edge } from './edge.ts';
import { Exchange } from './exchange.ts';
import type { Ending, ExchangeClient } from './exchange-client.ts';
import { headEnd, isHopeless } from './head-search.ts';
import { page } from './page.ts';
import { parseRequestHead, requestLimits } from './request-head.ts';
import type { RouterCode } from './router.ts';
import { codeMeanings } from './router-code.ts';

export const lingerLimits = { silentMs: 2_000, totalMs: 30_000 } as const;

export class ClientConnection implements ExchangeClient {
  readonly socket: Socket;
  readonly address: string;
  readonly #edge: Edge;
  #state: 'idle' | 'head' | 'exchange' | 'linger' = 'idle';
  /** Of the monotonic clock: when the state began. */
  #since = performance.now();
  #lastByte = 0;
  #exchange: Exchange | null = null;
  #pending: Buffer | null = null;
  /** Bytes of `pending` in which no end of a head was found. */
  #searched = 0;
  #pumping = false;

  constructor(edge: Edge, socket: Socket) {
    this.#edge = edge;
    this.socket = socket;
    this.address = plainAddress(socket.remoteAddress ?? '');
    socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    socket.on('drain', () => this.#exchange?.clientDrained());
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => this.#exchange?.clientGone());
    socket.on('error', closeFollows);
  }

  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#pending !== null && this.#advance(this.#pending));
    this.#pumping = false;
    this.adjustFlow();
  }

  adjustFlow(): void {
    const exchange = this.#exchange;
    const hold = exchange !== null && (this.#pending !== null || exchange.blocksReading);
    if (hold === this.socket.isPaused()) return;
    if (hold) this.socket.pause();
    else this.socket.resume();
  }

  exchangeOver(ending: Ending): void {
    this.#exchange = null;
    switch (ending) {
      case 'keep':
        this.#enter('idle');
        this.pump();
        break;
      case 'linger':
        this.#linger();
        break;
      case 'break':
        this.#enter('linger');
        this.socket.destroy();
        break;
    }
  }

  /** Ends what has taken too long. `keepAliveMs`: how long a connection may be idle. */
  expire(now: number, keepAliveMs: number): void {
    const age = now - this.#since;
    switch (this.#state) {
      case 'exchange':
        this.#exchange?.expire(now);
        break;
      case 'idle':
        if (age > keepAliveMs) this.#linger();
        break;
      case 'head':
        if (age > this.#edge.timeouts.headMs) this.#refuse('REQUEST_SLOW', null);
        break;
      case 'linger':
        if (age > lingerLimits.totalMs || now - this.#lastByte > lingerLimits.silentMs) this.socket.destroy();
        break;
    }
  }

  #onData(bytes: Buffer): void {
    if (this.#state === 'linger') {
      this.#lastByte = performance.now();
      return;
    }
    this.#pending = this.#pending === null ? bytes : Buffer.concat([this.#pending, bytes]);
    this.pump();
  }

  /** Whether something of the bytes was used. */
  #advance(bytes: Buffer): boolean {
    if (this.#exchange === null) return this.#takeHead(bytes);
    if (!this.#exchange.wantsBytes) return false;
    this.#keepFrom(bytes, this.#exchange.take(bytes));
    return true;
  }

  #takeHead(bytes: Buffer): boolean {
    if (this.#state === 'linger') {
      this.#pending = null;
      return false;
    }
    // One empty line before a request is forgiven (RFC 9112 section 2.2), and is no request by itself.
    const from = bytes[0] === CR && bytes[1] === LF ? 2 : 0;
    if (from === bytes.length) return false;
    if (this.#state === 'idle') this.#enter('head');
    const end = headEnd(bytes, from, this.#searched);
    if (end < 0 ? bytes.length - from > requestLimits.headBytes : end - from > requestLimits.headBytes) {
      this.#refuse('REQUEST_HEAD_TOO_LARGE', null);
      return false;
    }
    if (end < 0) return this.#awaitHead(bytes, from);
    this.#searched = 0;
    this.#begin(bytes, from, end);
    return true;
  }

  #awaitHead(bytes: Buffer, from: number): false {
    if (isHopeless(bytes, from)) this.#refuse('REQUEST_MALFORMED', 'a line that ends with LF alone or a NUL');
    this.#searched = bytes.length;
    return false;
  }

  #begin(bytes: Buffer, from: number, end: number): void {
    const head = parseRequestHead(bytes.toString('latin1', from, end));
    if (head.kind === 'refusal') {
      this.#refuse(head.code, head.reason);
      return;
    }
    this.#keepFrom(bytes, end);
    this.#state = 'exchange';
    this.#exchange = new Exchange(this.#edge, this, head);
    this.#exchange.begin();
  }

  #keepFrom(bytes: Buffer, from: number): void {
    this.#pending = from === bytes.length ? null : bytes.subarray(from);
  }

  #onEnd(): void {
    if (this.#exchange !== null) this.#exchange.clientEnded();
    else this.socket.end();
  }

  #enter(state: 'idle' | 'head' | 'linger'): void {
    this.#state = state;
    this.#since = performance.now();
  }

  #linger(): void {
    this.#enter('linger');
    this.#lastByte = this.#since;
    this.#pending = null;
    this.socket.end();
    this.adjustFlow();
  }

  /** Answers a request that has no head. */
  #refuse(code: RouterCode, reason: string | null): void {
    const text = this.#pending?.toString('latin1', 0, 4_096) ?? '';
    const requestId = crypto.randomUUID();
    const body = page(code, { head: text, requestId, reason, close: true });
    this.socket.write(body);
    const [method = '', path = ''] = /^\S{0,24} \S+/.exec(text)?.[0].split(' ') ?? [];
    this.#edge.onRequest({
      at: Date.now(),
      appId: null,
      method,
      host: '',
      path,
      requestId,
      client: this.address,
      process: null,
      connectMs: 0,
      serviceMs: performance.now() - this.#since,
      status: codeMeanings[code].status,
      bytes: body.length,
      protocol: 'http',
      code,
    });
    this.#linger();
  }
}

const LF = 10;
const CR = 13;

/** An IPv4 client of an IPv6 listener is still an IPv4 client. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** 'close' comes after every 'error', and is what is acted on. */
function closeFollows(): void {
  return;
}
