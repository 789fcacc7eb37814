/**
 * One request and its response.
 *
 * ```
 *              ┌── sent again ◄──┐  what no process has taken: see lease.ts
 *              ▼                  │
 * begin ─► connecting ─► waiting ─► responding ─► flushing ─► over
 *              │            ├──────► tunnel ────────────────►  ▲
 *              └────────────┴──► a page of the edge itself ────┘
 * ```
 * `waiting`: the request is on its way, no final response head has come. `flushing`: all is handed over, the client has not
 * taken all of it.
 *
 * Early responses: after a complete response the rest of the request body still goes to the process, and only then is the
 * pair of connections free.
 */
import type { Edge } from './edge.ts';
import type { Ending, ExchangeClient } from './exchange-client.ts';
import { Lease } from './lease.ts';
import { page } from './page.ts';
import type { RequestHead } from './request-head.ts';
import { RequestRelay } from './request-relay.ts';
import { ResponseRelay } from './response-relay.ts';
import type { RouterCode } from './router.ts';
import { codeMeanings } from './router-code.ts';
import type { Upstream, UpstreamUser } from './upstream.ts';

type Phase = 'connecting' | 'waiting' | 'responding' | 'tunnel' | 'flushing' | 'over';

export class Exchange implements UpstreamUser {
  /** No more bytes of the client are wanted for the moment. */
  blocksReading = false;
  readonly #edge: Edge;
  readonly #client: ExchangeClient;
  readonly #head: RequestHead;
  readonly #id: string;
  readonly #at = Date.now();
  readonly #began = performance.now();
  readonly #request: RequestRelay;
  readonly #response: ResponseRelay;
  readonly #lease: Lease;
  #phase: Phase = 'connecting';
  #responseComplete = false;
  /** A byte of the response has come. */
  #answered = false;
  #connectMs = 0;
  /** Of the monotonic clock: the last byte either way, or the begin of the attempt. */
  #lastByte = 0;

  constructor(edge: Edge, client: ExchangeClient, head: RequestHead) {
    this.#edge = edge;
    this.#client = client;
    this.#head = head;
    this.#id = head.requestId ?? crypto.randomUUID();
    this.#request = new RequestRelay(head);
    this.#response = new ResponseRelay(client.socket, head, !head.keepAlive);
    this.#lease = new Lease(edge.directory, this, head);
  }

  begin(): void {
    this.#attempt(false, 'PROCESS_UNREACHABLE');
  }

  /** Whether `take` may be called. */
  get wantsBytes(): boolean {
    if (this.#phase === 'tunnel') return true;
    return !this.#request.complete && (this.#phase === 'waiting' || this.#phase === 'responding');
  }

  /** Takes what belongs to this request; where that ends. */
  take(bytes: Buffer): number {
    this.#lastByte = performance.now();
    if (this.#phase !== 'tunnel') return this.#takeBody(bytes);
    this.#lease.upstream?.write(bytes);
    this.#adjustReading();
    return bytes.length;
  }

  /** The client sent its last byte. */
  clientEnded(): void {
    if (this.#phase === 'tunnel') this.#lease.upstream?.end();
    else if (this.#phase !== 'flushing') this.clientGone();
  }

  clientGone(): void {
    if (this.#phase === 'over') return;
    const missed = this.#phase === 'flushing' || (this.#phase !== 'tunnel' && !this.#responseComplete);
    this.#lease.drop();
    this.#over(missed ? 'CLIENT_GONE' : null, 'break');
  }

  clientDrained(): void {
    this.#lastByte = performance.now();
    const { upstream } = this.#lease;
    if (upstream?.isPaused()) upstream.resume();
  }

  /** Ends what has taken too long. */
  expire(now: number): void {
    const { connectMs, firstByteMs, idleMs } = this.#edge.timeouts;
    const silentMs = now - this.#lastByte;
    if (this.#phase === 'connecting') {
      if (silentMs > connectMs) this.#lease.upstream?.destroy();
    } else if (this.#phase === 'waiting' && this.#request.complete) {
      if (silentMs > firstByteMs) this.#fail('PROCESS_SLOW');
    } else if (silentMs > idleMs) this.#expireSilent();
  }

  upstreamConnected(): void {
    this.#connectMs = performance.now() - this.#began;
    this.#send();
    this.#client.pump();
  }

  upstreamBytes(bytes: Buffer): void {
    this.#answered = true;
    this.#lastByte = performance.now();
    if (this.#phase === 'tunnel') this.#relayRaw(bytes);
    else if (this.#responseComplete) this.#lease.upstream?.destroy();
    else this.#takeResponse(bytes);
  }

  upstreamDrained(): void {
    this.#lastByte = performance.now();
    this.#adjustReading();
  }

  upstreamEnded(): void {
    if (this.#phase === 'tunnel') this.#client.socket.end();
    else if (this.#response.endsWithConnection && !this.#responseComplete) this.#responded();
    else if (this.#answered) this.#lease.upstream?.destroy();
    else this.#lease.upstream?.closeAfterEnd();
  }

  upstreamClosed(): void {
    switch (this.#phase) {
      case 'connecting':
        this.#lease.refused(performance.now());
        this.#attempt(false, 'PROCESS_UNREACHABLE');
        break;
      case 'waiting':
        this.#brokeOff();
        break;
      case 'responding':
      case 'tunnel':
        if (this.#phase === 'responding' && !this.#responseComplete) this.#fail('PROCESS_BROKE_OFF');
        else this.#closeEarly();
        break;
      case 'flushing':
      case 'over':
        break;
    }
  }

  /** `otherwise`: what it means when no endpoint is left to try. */
  #attempt(fresh: boolean, otherwise: 'PROCESS_UNREACHABLE' | 'PROCESS_BROKE_OFF'): void {
    const now = performance.now();
    this.#lease.drop();
    this.#phase = 'connecting';
    this.#lastByte = now;
    const acquired = this.#lease.acquire({ now, fresh, otherwise });
    if (acquired === 'ready') this.#send();
    else if (acquired !== 'connecting') this.#fail(acquired);
  }

  #send(): void {
    this.#phase = 'waiting';
    this.#lastByte = performance.now();
    this.#request.sendHead(this.#lease.upstream as Upstream, {
      client: this.#client.address,
      port: this.#edge.port,
      requestId: this.#id,
      at: this.#at,
    });
  }

  #takeBody(bytes: Buffer): number {
    const end = this.#request.take(bytes, this.#lease.upstream);
    if (end < 0) {
      this.#fail('REQUEST_MALFORMED', 'a malformed chunk');
      return bytes.length;
    }
    this.#adjustReading();
    if (this.#request.complete && this.#responseComplete) this.#finish();
    return end;
  }

  #adjustReading(): void {
    const blocks = this.#lease.upstream?.writableNeedDrain === true;
    if (blocks === this.blocksReading) return;
    this.blocksReading = blocks;
    this.#client.adjustFlow();
  }

  #relayRaw(bytes: Buffer): void {
    this.#response.bytes += bytes.length;
    this.#client.socket.write(bytes);
    this.#holdUpstream();
  }

  #holdUpstream(): void {
    if (this.#client.socket.writableNeedDrain) this.#lease.upstream?.pause();
  }

  #takeResponse(bytes: Buffer): void {
    if (this.#edge.closing) this.#response.closesClient = true;
    const progress = this.#response.take(bytes);
    if (this.#response.status !== 0 && this.#phase === 'waiting') this.#phase = 'responding';
    switch (progress) {
      case 'more':
        this.#holdUpstream();
        break;
      case 'complete':
        this.#responded();
        break;
      case 'upgraded':
        this.#openTunnel();
        break;
      case 'garbled':
        this.#fail('PROCESS_GARBLED');
        break;
    }
  }

  #openTunnel(): void {
    this.#phase = 'tunnel';
    this.#holdUpstream();
    this.#client.pump();
  }

  #responded(): void {
    this.#responseComplete = true;
    if (this.#request.complete) this.#finish();
  }

  /** The process may have answered before it took all that was sent to it. */
  #finish(): void {
    const upstream = this.#lease.upstream as Upstream;
    if (upstream.writableLength === 0) this.#settle();
    else upstream.write('', (error) => error ?? this.#settleWith(upstream));
  }

  #settleWith(upstream: Upstream): void {
    if (this.#lease.upstream === upstream) this.#settle();
  }

  #settle(): void {
    const { reusable, keepAliveMs } = this.#response;
    if (reusable) this.#lease.release(performance.now(), keepAliveMs);
    else this.#lease.drop();
    this.#flush(null, this.#response.closesClient ? 'linger' : 'keep');
  }

  /** A client that does not take this response does not get to ask for another. */
  #flush(code: RouterCode | null, ending: Ending): void {
    const { socket } = this.#client;
    const flushed = (): void => {
      if (this.#phase === 'flushing') this.#over(code, ending);
    };
    this.#phase = 'flushing';
    if (socket.writableLength === 0) flushed();
    else socket.write('', flushed);
  }

  /** The process closed a tunnel, or after its complete response to a request that is still coming. */
  #closeEarly(): void {
    this.#lease.drop();
    this.#over(null, 'linger');
  }

  #brokeOff(): void {
    if (!this.#answered && this.#lease.mayBeSentAgain) this.#attempt(true, 'PROCESS_BROKE_OFF');
    else this.#fail('PROCESS_BROKE_OFF');
  }

  #expireSilent(): void {
    const clientStuck = this.#client.socket.writableNeedDrain || this.#phase === 'flushing';
    const clientSilent = !this.blocksReading && !this.#request.awaitsContinue;
    if (clientStuck) this.clientGone();
    else if (this.#phase === 'waiting' && clientSilent) this.#fail('REQUEST_SLOW');
    else if (this.#responseComplete) this.#closeEarly();
    else this.#fail('PROCESS_SLOW');
  }

  /** Answers with a page where the client can still take one. */
  #fail(code: RouterCode, reason: string | null = null): void {
    this.#lease.drop();
    if (this.#response.status !== 0) {
      this.#over(code, 'break');
      return;
    }
    const keep = this.#request.complete && this.#head.keepAlive && !this.#edge.closing;
    const answer = page(code, { head: this.#head.text, requestId: this.#id, reason, close: !keep });
    this.#response.bytes += answer.length;
    this.#client.socket.write(answer);
    this.#flush(code, keep ? 'keep' : 'linger');
  }

  #over(code: RouterCode | null, ending: Ending): void {
    this.#phase = 'over';
    this.#report(code);
    // Without framing, only a reset tells the client that the body is not whole.
    if (ending === 'break' && this.#response.unframed) this.#client.socket.resetAndDestroy();
    this.#client.exchangeOver(ending);
  }

  #report(code: RouterCode | null): void {
    const { method, host, target } = this.#head;
    const { status, bytes } = this.#response;
    this.#edge.onRequest({
      at: this.#at,
      appId: this.#lease.appId,
      method,
      host,
      path: target,
      requestId: this.#id,
      client: this.#client.address,
      process: this.#lease.process,
      connectMs: this.#connectMs,
      serviceMs: performance.now() - this.#began - this.#connectMs,
      status: status === 0 && code !== null ? codeMeanings[code].status : status,
      bytes,
      protocol: 'http',
      code,
    });
  }
}
