/** The signals that ask a command to end, as an AbortSignal. */
import { constants } from 'node:os';

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Name = (typeof names)[number];

export interface Stopping {
  readonly signal: AbortSignal;
  /** As a signal would. */
  stop(by: Name): void;
  /** What a shell expects of a command that the signal has ended; null while none has come. */
  exitCode(): number | null;
  /** From then on signals do what they do elsewhere. */
  release(): void;
}

/** A second signal changes nothing: what has begun to stop is waited for. */
export function stopOnSignals(): Stopping {
  const controller = new AbortController();
  let code: number | null = null;
  const stop = (by: Name): void => {
    code ??= 128 + constants.signals[by];
    controller.abort();
  };
  for (const name of names) process.on(name, stop);
  return {
    signal: controller.signal,
    stop,
    exitCode: () => code,
    release() {
      for (const name of names) process.off(name, stop);
    },
  };
}
