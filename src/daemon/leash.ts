/**
 * A role holds on to its parent by its standard input: a pipe whose other end the parent has open and never writes to. When
 * the parent is gone, however it went, the pipe ends.
 */
export function onParentGone(gone: () => void): void {
  process.stdin.once('close', gone);
  process.stdin.resume();
}

/** SIGTERM and SIGINT ask a role to end. A terminal's Ctrl-C reaches every process: only the parent acts on it. */
export function onStopAsked(stop: () => void): void {
  process.once('SIGTERM', stop);
  process.on('SIGINT', () => undefined);
}

/** How a role speaks for itself: events as lines of JSON on standard output. */
export function tell(role: string, event: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), role, ...event })}\n`);
}
