/** One writer, any number of readers: each gets everything that was pushed since it began to read, at its own pace. */
export class Feed<T> {
  readonly #readers = new Set<Reader<T>>();

  push(item: T): void {
    for (const reader of this.#readers) reader.push(item);
  }

  /** Ends all readers once they have read what they hold. */
  end(): void {
    for (const reader of this.#readers) reader.end();
  }

  /** Begins with `first`; ends when the signal aborts, after what was pushed before. Registered when called, not when read. */
  read(signal: AbortSignal, first: readonly T[]): AsyncIterable<T> {
    const reader = new Reader<T>(first, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    if (signal.aborted) reader.end();
    else signal.addEventListener('abort', () => reader.end(), { once: true });
    return reader;
  }
}

class Reader<T> implements AsyncIterable<T>, AsyncIterator<T> {
  readonly #held: T[];
  readonly #onEnd: () => void;
  #wake: (() => void) | null = null;
  #ended = false;

  constructor(first: readonly T[], onEnd: () => void) {
    this.#held = [...first];
    this.#onEnd = onEnd;
  }

  push(item: T): void {
    this.#held.push(item);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#onEnd();
    this.#wake?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this;
  }

  async next(): Promise<IteratorResult<T>> {
    for (;;) {
      const item = this.#held.shift();
      if (item !== undefined) return { done: false, value: item };
      if (this.#ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }

  async return(): Promise<IteratorResult<T>> {
    this.end();
    return { done: true, value: undefined };
  }
}
