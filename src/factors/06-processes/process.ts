/**
 * The life of one process:
 *
 * ```
 *              ┌──────────── crashed (waits for its back-off, then starts again)
 *              ▼                 ▲
 * starting ──► up ──► draining ──► stopping ──► gone
 *    └──────────────────────────────────────────►
 * ```
 * `up`: ready to do its work. `draining`: no new requests. `stopping`: told to end.
 */
export type ProcessState = 'starting' | 'up' | 'draining' | 'stopping' | 'crashed' | 'gone';

/** How a process ended. A code over 128 from a shell means that signal `code - 128` ended its command. */
export type Exit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: number }
  /** Its memory quota, in bytes, was exceeded. */
  | { readonly kind: 'memory'; readonly limit: number }
  /** What it wrote exceeded the quota of its writable layer, in bytes. */
  | { readonly kind: 'disk'; readonly limit: number }
  /** Nobody saw it end: its monitor was killed, or the machine restarted. */
  | { readonly kind: 'unknown'; readonly why: string }
  /** It never ran: its isolation could not be set up. */
  | { readonly kind: 'not-started'; readonly why: string };

/** `web.1`, as an exit's reader says it: `exit code 1`, `SIGKILL`, … */
export function describeExit(exit: Exit): string {
  switch (exit.kind) {
    case 'code':
      return `exit code ${exit.code}`;
    case 'signal':
      return signalNames[exit.signal] ?? `signal ${exit.signal}`;
    case 'memory':
      return `out of memory: over its quota of ${Math.round(exit.limit / 1024 / 1024)} MB`;
    case 'disk':
      return `out of disk: over its quota of ${Math.round(exit.limit / 1024 / 1024)} MB of writable layer`;
    case 'unknown':
      return `exit unknown: ${exit.why}`;
    case 'not-started':
      return `not started: ${exit.why}`;
  }
}

/** Linux numbers, as `kill -l` prints them. */
export const signalNames: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
};
