/** Takes one request from a client to a process: its head, then its body as it comes. */
import { BodyScanner } from './body-scanner.ts';
import { type Forwarding, forwardedHead } from './forwarded-head.ts';
import type { RequestHead } from './request-head.ts';
import type { Upstream } from './upstream.ts';

export class RequestRelay {
  /** Some of the body went to a process: it cannot go to another. */
  bodySent = false;
  readonly #head: RequestHead;
  readonly #scanner: BodyScanner;

  constructor(head: RequestHead) {
    this.#head = head;
    this.#scanner = new BodyScanner(head.body, false);
  }

  /** All of it was taken. */
  get complete(): boolean {
    return this.#scanner.done;
  }

  /** The client waits for the process's word before it sends the body. */
  get awaitsContinue(): boolean {
    return !this.bodySent && /\r\nexpect:/i.test(this.#head.text);
  }

  sendHead(upstream: Upstream, forwarding: Forwarding): void {
    if (!this.complete) {
      // The head and the part of the body that came with it leave together.
      upstream.cork();
      process.nextTick(uncork, upstream);
    }
    upstream.write(forwardedHead(this.#head, forwarding), 'latin1');
  }

  /** Takes what belongs to the body; where that ends, or -1 when it is malformed. */
  take(bytes: Buffer, upstream: Upstream | null): number {
    let at = 0;
    this.bodySent = true;
    while (at < bytes.length && !this.#scanner.done) {
      const end = this.#scanner.scan(bytes, at);
      if (end < 0) return -1;
      if (this.#scanner.relay) upstream?.write(bytes.subarray(at, end));
      at = end;
    }
    return at;
  }
}

function uncork(upstream: Upstream): void {
  upstream.uncork();
}
