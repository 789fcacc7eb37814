/** The runner's engine, offered to the other processes. */
import type { Desired, EdgeRules, Engine, Owner, Selection } from '../engines/engine.ts';
import { oneOffRoutes } from './one-off-server.ts';
import type { Routes } from './socket-server.ts';

export function engineRoutes(engine: Engine): Routes {
  return {
    'POST /apply': { answer: ({ body }) => engine.apply(body as Desired) },
    'POST /reach': {
      answer: ({ query, body }) => engine.reach(query.get('owner') ?? '', body as EdgeRules),
    },
    'GET /settled': { answer: ({ query, signal }) => engine.settled(query.get('owner') ?? '', signal) },
    'GET /observe': { stream: ({ signal }) => engine.observe(signal) },
    'GET /processes': { answer: ({ query }) => engine.processes(query.get('owner') ?? undefined) },
    'GET /history': { answer: ({ query }) => engine.history(query.get('owner') ?? '') },
    'GET /endpoints': {
      answer: ({ query }) => engine.endpoints(query.get('owner') ?? '', query.get('type') ?? 'web'),
    },
    ...oneOffRoutes(engine),
    'POST /restart': {
      answer: ({ query, body }) => engine.restart(query.get('owner') ?? '', body as Selection),
    },
    'POST /stop': {
      answer: ({ query, body }) =>
        engine.stopProcess(query.get('owner') ?? '', (body as { process: string }).process),
    },
    'POST /say': {
      answer: ({ body }) => {
        const { owner, line } = body as { owner: Owner; line: Parameters<Engine['say']>[1] };
        return engine.say(owner, line);
      },
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
