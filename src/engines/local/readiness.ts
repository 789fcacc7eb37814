/** Tells when a process is ready, by looking at what it does and not at what it says. */
import { request } from 'node:http';
import type { Readiness } from '../../factors/07-port-binding/readiness.ts';
import { holdsSocket, listenersOn, treeOf } from './proc.ts';

export interface Candidate {
  readonly readiness: Readiness;
  /** The process that was started. */
  readonly pid: number;
  readonly port: number | null;
  /** Milliseconds since it was first seen: setting it up may have taken as long as it is to stay. */
  readonly stayedMs: number;
  readonly signal: AbortSignal;
}

/**
 * A listener counts when its socket is held by the process or one below it: that something answers on the port proves
 * nothing, and what went into the background is no longer below it.
 */
export async function isReady({ readiness, pid, port, stayedMs, signal }: Candidate): Promise<boolean> {
  if (readiness.kind === 'stays') return stayedMs >= readiness.afterMs;
  if (port === null) return true;
  const listeners = listenersOn(port);
  if (listeners.size === 0 || !holdsSocket(treeOf(pid), listeners)) return false;
  return readiness.healthPath === null || (await answersWell(port, { path: readiness.healthPath, signal }));
}

export function timeoutOf(readiness: Readiness): number {
  return readiness.kind === 'listens' ? readiness.timeoutMs : Number.POSITIVE_INFINITY;
}

const answerWithinMs = 5_000;

function answersWell(
  port: number,
  { path, signal }: { readonly path: string; readonly signal: AbortSignal },
): Promise<boolean> {
  return new Promise((resolve) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]);
    const probe = request({
      host: '127.0.0.1',
      port,
      path,
      agent: false,
      signal: limit,
      headers: { 'User-Agent': 'dozen-health' },
    });
    probe.on('response', (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 400);
    });
    // Refused, reset or too slow are all the same answer: not yet.
    probe.on('error', () => resolve(false));
    probe.end();
  });
}
