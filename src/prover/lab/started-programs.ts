/** The programs that a process of the app started, from its own command on. */
import type { Trace, TraceEvent } from './trace.ts';

export type Start = Extract<TraceEvent, { readonly kind: 'exec' }>;

/** Without those by which the lab itself starts the command: the last of them is a shell that is given it. */
export function startedPrograms(trace: Trace): readonly Start[] {
  const starts = trace.filter((event) => event.kind === 'exec');
  const shell = starts.findIndex(({ argv }) => argv[1] === '-c' && argv[3] === 'app');
  return starts.slice(shell + 1);
}
