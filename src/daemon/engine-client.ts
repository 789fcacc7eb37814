/**
 * The engine as `control` sees it: the runner's, over its socket. The runner may be killed and started again at any moment;
 * calls that only ask or that may be said twice are said again until it answers.
 */

import { callJson, callStream, isAway, type Peer } from '../api/socket-call.ts';
import type { Clock } from '../base/clock.ts';
import type { Desired, Engine, LogsOptions, Observation } from '../engines/engine.ts';
import { runOneOff } from './one-off-client.ts';

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
    reach: (id, edge) => ask('POST', `/reach?${owner(id)}`, { body: edge }),
    settled: (id, signal) => ask('GET', `/settled?${owner(id)}`, signal === undefined ? {} : { signal }),
    restart: (id, selection) => ask('POST', `/restart?${owner(id)}`, { body: selection }),
    stopProcess: (id, process) => ask('POST', `/stop?${owner(id)}`, { body: { process } }),
    observe: (signal) => observe(peer, { ...options, signal }),
    processes: (id) => ask('GET', id === undefined ? '/processes' : `/processes?${owner(id)}`),
    history: (id) => ask('GET', `/history?${owner(id)}`),
    endpoints: (id, type = 'web') => ask('GET', `/endpoints?${owner(id)}&type=${encodeURIComponent(type)}`),
    runOneOff: (spec, signal) => runOneOff(peer, { spec, signal }),
    logs: (id, read) => callStream(peer, { method: 'GET', path: logsPath(id, read), signal: read.signal }),
    say: (who, line) => ask('POST', '/say', { body: { owner: who, line } }),
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
