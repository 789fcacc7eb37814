/** The time that a run and this terminal, or these pipes, are one. */
import { attachPath, type RunMessage, type RunSignal, runProtocol } from '../../api/run-frames.ts';
import { openLink, type RunLink } from '../../api/run-link.ts';
import { callUpgrade, type Peer } from '../../api/socket-call.ts';
import { fromShape, platformError } from '../../base/error.ts';
import { type RunEnd, remarkOn, statusOf } from '../../factors/12-admin-processes/run-end.ts';
import { type TakenTerminal, takeTerminal } from './terminal.ts';
import { writeOut } from './write-out.ts';

export interface Attached {
  /** E.g. `run.1234`. */
  readonly name: string;
  readonly url: string;
  readonly hasTerminal: boolean;
}

/** How the session came to its end: the run's own, or something here. */
type Outcome =
  | { readonly kind: 'end'; readonly end: RunEnd }
  | { readonly kind: 'left'; readonly status: number }
  | { readonly kind: 'failed'; readonly error: Error };

export function isOnTerminal(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

export function terminalVariables(): Record<string, string | number> {
  const { columns, rows } = process.stdout;
  return { TERM: process.env.TERM ?? 'dumb', COLUMNS: columns || 80, LINES: rows || 24 };
}

/** @returns the exit code. @throws RUN_CUT, and what the run failed of */
export async function attach(peer: Peer, { name, url, hasTerminal }: Attached): Promise<number> {
  const path = `${attachPath}${url.slice(url.lastIndexOf('/') + 1)}`;
  const socket = await callUpgrade(peer, { path, protocol: runProtocol });
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const over = new AbortController();
  let isOver = false;
  const terminal = hasTerminal ? takeTerminal() : null;
  const link = openLink(socket, {
    onBytes: async (bytes) => {
      terminal?.see(bytes);
      await writeOut(bytes).catch((error) => resolve(outOf(error)));
    },
    onMessage(message) {
      isOver ||= message.kind === 'end';
      void hear(link, { message, resolve });
    },
  });
  // The platform closes behind its last word, while what came before may still be on its way to a slow reader.
  void link.closed.then(() => isOver || resolve({ kind: 'failed', error: cut(name) }));
  const forget = onSignals({ link, hasTerminal, leave: (status) => resolve({ kind: 'left', status }) });
  if (terminal !== null) terminal.onResize((size) => link.tell({ kind: 'resize', ...size }));
  feed(link, { hasTerminal, signal: over.signal }).then(
    () => hasTerminal && resolve({ kind: 'left', status: 129 }),
    (error: Error) => resolve({ kind: 'failed', error }),
  );
  const outcome = await promise;
  over.abort();
  forget();
  socket.destroy();
  process.stdin.destroy();
  await giveBack(terminal, outcome);
  return conclude(name, outcome);
}

async function hear(
  link: RunLink,
  { message, resolve }: { readonly message: RunMessage; readonly resolve: (outcome: Outcome) => void },
): Promise<void> {
  if (message.kind === 'end') {
    await link.taken();
    resolve(message);
  }
  if (message.kind === 'failed') resolve({ kind: 'failed', error: fromShape(message.error) });
}

/** Standard input to its end. A terminal has none while it is there. */
async function feed(
  link: RunLink,
  { hasTerminal, signal }: { readonly hasTerminal: boolean; readonly signal: AbortSignal },
): Promise<void> {
  try {
    for await (const chunk of process.stdin) await link.write(chunk as Buffer);
    if (!hasTerminal) link.end();
  } catch (error) {
    // It is closed from here when the session is over.
    if (!signal.aborted) throw error;
  }
}

interface Signalled {
  readonly link: RunLink;
  readonly hasTerminal: boolean;
  readonly leave: (status: number) => void;
}

const numbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 } as const;

/**
 * What ends this program ends the session, and the run gets SIGHUP. Only a first Ctrl-C at a terminal that is not the run's goes to
 * the run, as it would to a program here.
 */
function onSignals({ link, hasTerminal, leave }: Signalled): () => void {
  let isAsked = false;
  const handlers = Object.entries(numbers).map(([name, number]) => {
    const handler = (): void => {
      const isKey = !hasTerminal && (name === 'SIGINT' || name === 'SIGQUIT');
      if (isKey && !isAsked) link.tell({ kind: 'signal', name: name as RunSignal });
      else leave(128 + number);
      isAsked = true;
    };
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  return () => {
    for (const forget of handlers) forget();
  };
}

async function giveBack(terminal: TakenTerminal | null, outcome: Outcome): Promise<void> {
  if (terminal === null) return;
  terminal.restore();
  // A program that did not end by itself has not left the screen as it found it.
  if (outcome.kind !== 'end') await writeOut(Buffer.from(terminal.undo()));
}

function conclude(name: string, outcome: Outcome): number {
  switch (outcome.kind) {
    case 'failed':
      throw outcome.error;
    case 'left':
      return outcome.status;
    case 'end': {
      const remark = remarkOn(outcome.end);
      if (remark !== null) process.stderr.write(`${name} ${remark}\n`);
      return statusOf(outcome.end);
    }
  }
}

/** Whoever reads the output has gone: as a program that gets SIGPIPE. */
function outOf(error: NodeJS.ErrnoException): Outcome {
  return error.code === 'EPIPE' ? { kind: 'left', status: 141 } : { kind: 'failed', error };
}

function cut(name: string): Error {
  return platformError('RUN_CUT', `Cannot tell how ${name} ended: the connection to the platform was cut`, {
    hint: 'Run it again',
    left: `${name} gets SIGHUP, and then the signals of its stop`,
  });
}
