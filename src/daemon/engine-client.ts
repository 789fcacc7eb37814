/**
 * The engine as `control` sees it: the runner's, over its socket. The runner may be killed and started again at any moment;
 * calls that only ask or that may be said twice are said again until it answers.
 */

import { callJson, callStream, type Peer } from '../api/socket-call.ts';
import type { Clock } from '../base/clock.ts';
import { DozenError, platformError } from '../base/error.ts';
import type { Desired, Engine, LogsOptions, Observation, OneOff, OneOffSpec } from '../engines/engine.ts';
import { Feed } from '../engines/local/feed.ts';
import type { Exit } from '../factors/06-processes/process.ts';
import type { LogLine } from '../factors/11-logs/log-line.ts';

export interface EngineClientOptions {
  readonly clock: Clock;
  /** How long to go on asking a runner that does not answer. */
  readonly patienceMs: number;
}

export function engineClient(peer: Peer, options: EngineClientOptions): Engine {
  const ask = <T>(
    method: 'GET' | 'POST',
    path: string,
    { body, signal }: { body?: unknown; signal?: AbortSignal } = {},
  ): Promise<T> =>
    patiently(options, {
      signal,
      attempt: () =>
        callJson<T>(peer, {
          method,
          path,
          ...(body === undefined ? {} : { body }),
          ...(signal === undefined ? {} : { signal }),
        }),
    });
  const owner = (id: string): string => `owner=${encodeURIComponent(id)}`;
  return {
    apply: (desired: Desired) => ask('POST', '/apply', { body: desired }),
    settled: (id, signal) => ask('GET', `/settled?${owner(id)}`, signal === undefined ? {} : { signal }),
    observe: (signal) => observe(peer, { ...options, signal }),
    processes: (id) => ask('GET', id === undefined ? '/processes' : `/processes?${owner(id)}`),
    endpoints: (id) => ask('GET', `/endpoints?${owner(id)}`),
    runOneOff: (spec, signal) => runOneOff(peer, { spec, signal }),
    logs: (id, read) => callStream(peer, { method: 'GET', path: logsPath(id, read), signal: read.signal }),
    destroy: (id) => ask('POST', `/destroy?${owner(id)}`),
    halt: (withinMs) => ask('POST', Number.isFinite(withinMs) ? `/halt?within=${withinMs}` : '/halt'),
    close: async () => undefined,
  };
}

function logsPath(id: string, { since = 0, follow }: LogsOptions): string {
  return `/logs?owner=${encodeURIComponent(id)}&since=${since}&follow=${follow}`;
}

interface Attempt<T> {
  readonly signal: AbortSignal | undefined;
  readonly attempt: () => Promise<T>;
}

const betweenAttemptsMs = 50;

async function patiently<T>(
  { clock, patienceMs }: EngineClientOptions,
  { signal, attempt }: Attempt<T>,
): Promise<T> {
  for (let since = clock.monotonic(); ; ) {
    const asked = clock.monotonic();
    try {
      return await attempt();
    } catch (error) {
      if (!isAway(error) || signal?.aborted) throw error;
      // A call that waited long and was cut begins its patience anew: the runner was there until then.
      if (clock.monotonic() - asked > patienceMs) since = clock.monotonic();
      if (clock.monotonic() - since > patienceMs) throw error;
    }
    await clock.sleep(betweenAttemptsMs, signal);
  }
}

/** A new runner begins with all it has, so nothing is missed that still matters. */
async function* observe(
  peer: Peer,
  { clock, signal }: EngineClientOptions & { readonly signal: AbortSignal },
): AsyncGenerator<Observation> {
  while (!signal.aborted) {
    try {
      yield* callStream<Observation>(peer, { method: 'GET', path: '/observe', signal });
      return;
    } catch (error) {
      if (!isAway(error)) throw error;
    }
    if (!signal.aborted) await clock.sleep(betweenAttemptsMs);
  }
}

interface OneOffItem {
  readonly instance?: string;
  readonly line?: LogLine;
  readonly exit?: Exit;
}

/** Its stream ends when this process does, and with it the one-off; until then it is stopped by a word. */
async function runOneOff(
  peer: Peer,
  { spec, signal }: { readonly spec: OneOffSpec; readonly signal: AbortSignal | undefined },
): Promise<OneOff> {
  signal?.throwIfAborted();
  const items = callStream<OneOffItem>(peer, { method: 'POST', path: '/one-off', body: spec });
  const first = await items.next();
  const instance = first.done === true ? undefined : first.value.instance;
  if (instance === undefined) throw lost(spec);
  const lines = new Feed<LogLine>();
  const over = new AbortController();
  const read = lines.read(over.signal, []);
  const path = `/one-off/stop?instance=${encodeURIComponent(instance)}`;
  const ended = follow(items, { lines, spec }).finally(() => over.abort());
  const stop = async (): Promise<Exit> => {
    // A runner that is away has no one-off any more: `ended` tells so.
    if (!over.signal.aborted) await callJson(peer, { method: 'POST', path }).catch(unlessAway);
    return ended;
  };
  // Nobody hears this one: what becomes of it is in `ended`.
  const stopUnheard = (): void => void stop().catch(() => undefined);
  signal?.addEventListener('abort', stopUnheard, { once: true, signal: over.signal });
  if (signal?.aborted) stopUnheard();
  // Whoever asks for `ended` gets the error; nobody asking must not end the process.
  ended.catch(() => undefined);
  return { instance, lines: read, ended, stop };
}

function unlessAway(error: unknown): void {
  if (!isAway(error)) throw error;
}

async function follow(
  items: AsyncGenerator<OneOffItem>,
  { lines, spec }: { readonly lines: Feed<LogLine>; readonly spec: OneOffSpec },
): Promise<Exit> {
  for await (const { line, exit } of items) {
    if (line !== undefined) lines.push(line);
    if (exit !== undefined) return exit;
  }
  throw lost(spec);
}

function lost({ process }: OneOffSpec): DozenError {
  return platformError(
    'ONE_OFF_LOST',
    `Cannot tell how ${process} ended: the runner was started again meanwhile, which stopped it`,
    {
      hint: 'Run it again',
    },
  );
}

function isAway(error: unknown): boolean {
  return error instanceof DozenError && error.code === 'PEER_AWAY';
}
