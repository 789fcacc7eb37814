import type { Log } from './log.ts';

/** Well inside the grace that app.json asks for, so that a stuck connection does not end in SIGKILL. */
const limitMs = 10_000;

/**
 * Aborts at the first SIGTERM or SIGINT: whoever holds the signal winds up, and the program ends when nothing
 * is left to do. A second signal, or the limit, ends it at once. (Handled here and not left to the
 * default, because the first process of a container has no default.)
 */
export const shutdownSignal = (log: Log): AbortSignal => {
  const shutdown = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    if (shutdown.signal.aborted) process.exit(1);
    log.info('stopping', { signal: name });
    setTimeout(() => process.exit(1), limitMs).unref();
    shutdown.abort();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return shutdown.signal;
};
