/** Server-sent events: one for each time the entries changed, for as long as the client stays. */
import { EventEmitter, once } from 'node:events';
import type { SSEStreamingApi } from 'hono/streaming';

export interface Changes {
  readonly announce: () => void;
  readonly follow: (stream: SSEStreamingApi) => Promise<void>;
}

const beatMs = 15_000;

/** Streams end by themselves when the signal aborts; the browser then connects to the next process. */
export const createChanges = (signal: AbortSignal): Changes => {
  const changes = new EventEmitter().setMaxListeners(0);
  return {
    announce: () => changes.emit('change'),
    follow: (stream) => follow(stream, { changes, signal }),
  };
};

/**
 * Waits for the next change before it writes of the last, so that none falls between, and changes that come
 * while the client is slow are told once. The beat finds clients that went without a word.
 */
const follow = async (
  stream: SSEStreamingApi,
  { changes, signal }: { readonly changes: EventEmitter; readonly signal: AbortSignal },
): Promise<void> => {
  const gone = new AbortController();
  stream.onAbort(() => gone.abort());
  const ended = AbortSignal.any([signal, gone.signal]);
  let message = 'retry: 1000\nevent: change\ndata:\n\n';
  while (!ended.aborted) {
    const next = nextMessage(changes, AbortSignal.any([ended, AbortSignal.timeout(beatMs)]));
    await stream.write(message);
    message = await next;
  }
};

const nextMessage = (changes: EventEmitter, signal: AbortSignal): Promise<string> =>
  once(changes, 'change', { signal }).then(
    () => 'event: change\ndata:\n\n',
    () => ': still here\n\n',
  );
