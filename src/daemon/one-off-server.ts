/** One-offs, offered to the other processes: a stream for each, and calls by its instance while it runs. */
import type { Engine, OneOff, OneOffSignal, OneOffSpec, TerminalSize } from '../engines/engine.ts';
import type { Exit } from '../factors/06-processes/process.ts';
import type { LogLine } from '../factors/11-logs/log-line.ts';
import type { Arrived, Routes } from './socket-server.ts';

/** The instance first, then what it says, then how it ended. */
export type OneOffItem =
  | { readonly instance: string }
  | { readonly line: LogLine }
  /** Base64. */
  | { readonly bytes: string }
  | { readonly exit: Exit };

interface Held {
  readonly run: OneOff;
  readonly hangUp: AbortController;
}

export function oneOffRoutes(engine: Engine): Routes {
  const running = new Map<string, Held>();
  const held = ({ query }: Arrived): Held | undefined => running.get(query.get('instance') ?? '');
  return {
    'POST /one-off': {
      stream: ({ body, signal }) => run(engine, { spec: body as OneOffSpec, signal, running }),
    },
    'POST /one-off/stop': { answer: async (call) => held(call)?.run.stop() },
    'POST /one-off/hang-up': { answer: async (call) => held(call)?.hangUp.abort() },
    'POST /one-off/write': {
      answer: async (call) =>
        held(call)?.run.write(Buffer.from((call.body as { bytes: string }).bytes, 'base64')),
    },
    'POST /one-off/end': { answer: async (call) => held(call)?.run.end() },
    'POST /one-off/resize': { answer: async (call) => held(call)?.run.resize(call.body as TerminalSize) },
    'POST /one-off/signal': {
      answer: async (call) => held(call)?.run.signal((call.body as { name: OneOffSignal }).name),
    },
  };
}

interface Started {
  readonly spec: OneOffSpec;
  readonly signal: AbortSignal;
  /** By instance. */
  readonly running: Map<string, Held>;
}

/** A caller that goes away hangs it up. */
async function* run(engine: Engine, { spec, signal, running }: Started): AsyncGenerator<OneOffItem> {
  const hangUp = new AbortController();
  const started = await engine.runOneOff(spec, AbortSignal.any([signal, hangUp.signal]));
  const { instance, ended, lines, output } = started;
  running.set(instance, { run: started, hangUp });
  void ended.then(() => running.delete(instance));
  yield { instance };
  if (spec.input === 'none') for await (const line of lines) yield { line };
  else for await (const bytes of output) yield { bytes: Buffer.from(bytes).toString('base64') };
  yield { exit: await ended };
}
