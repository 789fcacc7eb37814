import type { HttpBindings } from '@hono/node-server';
import { createMiddleware } from 'hono/factory';
import type { RequestIdVariables } from 'hono/request-id';
import type { Log } from './log.ts';

/** What the middleware of this app puts within reach of every handler. */
export interface Env {
  Bindings: HttpBindings;
  Variables: RequestIdVariables;
}

/** One event for each request, written when its response has ended or its client has gone. */
export const requestLog = (log: Log) =>
  createMiddleware<Env>(async (c, next) => {
    const started = performance.now();
    const { outgoing } = c.env;
    // Health checks come every few seconds and say nothing while they succeed.
    const quiet = c.req.path === '/healthz';
    outgoing.once('close', () =>
      log[quiet && outgoing.statusCode === 200 ? 'debug' : 'info']('request', {
        method: c.req.method,
        path: c.req.path,
        status: outgoing.statusCode,
        ms: Math.round(performance.now() - started),
        cutOff: outgoing.writableFinished ? undefined : true,
        requestId: c.var.requestId,
      }),
    );
    await next();
  });
