/** The runner's engine, offered to the other processes. */
import type { Desired, Engine, OneOff, OneOffSpec } from '../engines/engine.ts';
import type { Routes } from './socket-server.ts';

export function engineRoutes(engine: Engine): Routes {
  const oneOffs = new Map<string, OneOff>();
  return {
    'POST /apply': { answer: ({ body }) => engine.apply(body as Desired) },
    'GET /settled': { answer: ({ query, signal }) => engine.settled(query.get('owner') ?? '', signal) },
    'GET /observe': { stream: ({ signal }) => engine.observe(signal) },
    'GET /processes': { answer: ({ query }) => engine.processes(query.get('owner') ?? undefined) },
    'GET /endpoints': { answer: ({ query }) => engine.endpoints(query.get('owner') ?? '') },
    'POST /one-off': {
      stream: ({ body, signal }) => runOneOff(engine, { spec: body as OneOffSpec, signal, oneOffs }),
    },
    'POST /one-off/stop': {
      answer: async ({ query }) => void oneOffs.get(query.get('instance') ?? '')?.stop(),
    },
    'POST /destroy': { answer: ({ query }) => engine.destroy(query.get('owner') ?? '') },
    'POST /halt': {
      answer: ({ query }) => engine.halt(Number(query.get('within') ?? Number.POSITIVE_INFINITY)),
    },
    'GET /logs': {
      stream: ({ query, signal }) =>
        engine.logs(query.get('owner') ?? '', {
          since: Number(query.get('since')),
          follow: query.get('follow') === 'true',
          signal,
        }),
    },
  };
}

interface Started {
  readonly spec: OneOffSpec;
  readonly signal: AbortSignal;
  /** Those that run, by instance. */
  readonly oneOffs: Map<string, OneOff>;
}

/** The instance first, then its lines, then how it ended. A caller that goes away stops it. */
async function* runOneOff(engine: Engine, { spec, signal, oneOffs }: Started): AsyncGenerator<unknown> {
  const run = await engine.runOneOff(spec, signal);
  oneOffs.set(run.instance, run);
  try {
    yield { instance: run.instance };
    for await (const line of run.lines) yield { line };
    yield { exit: await run.ended };
  } finally {
    oneOffs.delete(run.instance);
  }
}
