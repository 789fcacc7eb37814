/** A one-off of the runner's, as `control` has it. Its stream ends when this process does, and hangs it up. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { callJson, callStream, isAway, type Peer } from '../api/socket-call.ts';
import { type DozenError, platformError } from '../base/error.ts';
import type { OneOff, OneOffSpec } from '../engines/engine.ts';
import { Feed } from '../engines/local/feed.ts';
import type { Exit } from '../factors/06-processes/process.ts';
import type { LogLine } from '../factors/11-logs/log-line.ts';
import type { OneOffItem } from './one-off-server.ts';

export interface OneOffCall {
  readonly spec: OneOffSpec;
  readonly signal: AbortSignal | undefined;
}

/** Of what is written, in one call. */
const pieceBytes = 256 * 1024;

export async function runOneOff(peer: Peer, { spec, signal }: OneOffCall): Promise<OneOff> {
  signal?.throwIfAborted();
  const items = callStream<OneOffItem>(peer, { method: 'POST', path: '/one-off', body: spec });
  const first = await items.next();
  if (first.done === true || !('instance' in first.value)) throw lost(spec);
  const { instance } = first.value;
  const heard = { lines: new Feed<LogLine>(), bytes: new PassThrough() };
  const over = new AbortController();
  const read = heard.lines.read(over.signal, []);
  const ended = follow(items, { ...heard, spec }).finally(() => {
    over.abort();
    heard.bytes.end();
  });
  // Whoever asks for `ended` gets the error; nobody asking must not end the process.
  ended.catch(() => undefined);
  const call = async <T>(verb: string, body?: unknown): Promise<T | null> => {
    if (over.signal.aborted) return null;
    const path = `/one-off/${verb}?instance=${encodeURIComponent(instance)}`;
    // A runner that is away has no attached one-off any more: `ended` tells so.
    return callJson<T>(peer, { method: 'POST', path, ...(body === undefined ? {} : { body }) }).catch(
      nullIfAway,
    );
  };
  const hangUp = (): void => void call('hang-up').catch(() => undefined);
  if (!spec.detached) signal?.addEventListener('abort', hangUp, { once: true, signal: over.signal });
  if (!spec.detached && signal?.aborted) hangUp();
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (verb: string, body?: unknown): Promise<void> => {
    const done = turn.then(() => call(verb, body));
    turn = done.catch(() => undefined);
    return done.then(() => undefined);
  };
  return {
    instance,
    lines: read,
    output: { [Symbol.asyncIterator]: () => heard.bytes.iterator({ destroyOnReturn: false }) },
    ended,
    write: async (bytes) => {
      for (const piece of piecesOf(bytes)) await inTurn('write', { bytes: piece.toString('base64') });
    },
    end: () => inTurn('end'),
    resize: (size) => inTurn('resize', size),
    signal: (name) => inTurn('signal', { name }),
    stop: async () => (await call<Exit>('stop')) ?? ended,
  };
}

function piecesOf(bytes: Uint8Array): Buffer[] {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.ceil(whole.length / pieceBytes) }, (_, at) =>
    whole.subarray(at * pieceBytes, (at + 1) * pieceBytes),
  );
}

interface Heard {
  readonly lines: Feed<LogLine>;
  readonly bytes: PassThrough;
  readonly spec: OneOffSpec;
}

async function follow(items: AsyncGenerator<OneOffItem>, { lines, bytes, spec }: Heard): Promise<Exit> {
  try {
    for await (const item of items) {
      if ('exit' in item) return item.exit;
      if ('line' in item) lines.push(item.line);
      if ('bytes' in item && !bytes.write(Buffer.from(item.bytes, 'base64'))) await once(bytes, 'drain');
    }
  } catch (error) {
    throw isAway(error) ? lost(spec) : error;
  }
  throw lost(spec);
}

function lost({ process, detached }: OneOffSpec): DozenError {
  const so = detached ? 'and it runs on' : 'which stopped it';
  return platformError(
    'ONE_OFF_LOST',
    `Cannot tell how ${process} ended: the runner was started again meanwhile, ${so}`,
    { hint: detached ? 'Look at what runs, and at its log' : 'Run it again' },
  );
}

function nullIfAway(error: unknown): null {
  if (!isAway(error)) throw error;
  return null;
}
