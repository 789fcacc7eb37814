/**
 * Serves calls on a unix socket (the other side of api/socket-call.ts). The socket lies in a folder closed to others, and
 * every call shows the token besides.
 */
import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { LocalPeer } from '../api/socket-call.ts';
import { asDozenError, platformError, userError } from '../base/error.ts';
import { toNdjson } from '../base/ndjson.ts';

export interface Arrived {
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown;
  /** Aborted when the caller is gone. */
  readonly signal: AbortSignal;
}

export type Route =
  | { readonly answer: (call: Arrived) => Promise<unknown> }
  | { readonly stream: (call: Arrived) => AsyncIterable<unknown> };

/** By method and path, e.g. `POST /apply`. */
export type Routes = Readonly<Record<string, Route>>;

const bodyLimitBytes = 8 * 1024 * 1024;

/** Returns its stop. A socket left by a killed process is replaced: the lock on the home says that it is nobody's. */
export async function serve({ socket, token }: LocalPeer, routes: Routes): Promise<() => Promise<void>> {
  rmSync(socket, { force: true });
  const server = createServer({ keepAlive: false }, (request, response) => {
    void respond({ request, response, routes, token });
  });
  server.listen(socket);
  await once(server, 'listening');
  chmodSync(socket, 0o600);
  return async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly routes: Routes;
  readonly token: string;
}

async function respond(exchange: Exchange): Promise<void> {
  const { request, response, routes, token } = exchange;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    checkToken(request, token);
    const url = new URL(request.url ?? '/', 'http://dozen');
    const route = Object.hasOwn(routes, `${request.method} ${url.pathname}`)
      ? routes[`${request.method} ${url.pathname}`]
      : undefined;
    if (route === undefined)
      throw userError(
        'CALL_UNKNOWN',
        `Cannot call ${request.method} ${url.pathname}: there is no such call`,
        { hint: 'Use the client of the same version' },
      );
    const call = { query: url.searchParams, body: await readBody(request), signal: gone.signal };
    if ('answer' in route) sendJson(response, { status: 200, body: (await route.answer(call)) ?? null });
    else await sendStream(response, route.stream(call));
  } catch (error) {
    sendError(response, error);
  }
}

function checkToken(request: IncomingMessage, token: string): void {
  const shown = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  if (shown.length === wanted.length && timingSafeEqual(shown, wanted)) return;
  throw userError('TOKEN_REFUSED', 'Cannot answer: the token is missing or wrong', {
    hint: 'Use the token in run/token of DOZEN_HOME',
  });
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > bodyLimitBytes)
      throw userError('CALL_TOO_LARGE', `Cannot read the call: it is over ${bodyLimitBytes} bytes`, {
        hint: 'Send less',
      });
    chunks.push(chunk as Buffer);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (error) {
    throw userError('CALL_MALFORMED', 'Cannot read the call: it is not JSON', {
      hint: 'Send JSON',
      cause: error,
    });
  }
}

function sendJson(
  response: ServerResponse,
  { status, body }: { readonly status: number; readonly body: unknown },
): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function sendStream(response: ServerResponse, items: AsyncIterable<unknown>): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
  response.flushHeaders();
  try {
    await pipeline(linesOf(items), response);
  } catch (error) {
    // A caller that went away wants nothing any more.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

/** An item each, then how the stream ended. */
async function* linesOf(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  try {
    for await (const item of items) yield toNdjson({ item });
    yield toNdjson({ end: true });
  } catch (error) {
    yield toNdjson({ error: asDozenError(error) });
  }
}

function sendError(response: ServerResponse, thrown: unknown): void {
  const error = asDozenError(thrown);
  if (response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  sendJson(response, { status: error.fault === 'user' ? 400 : 500, body: error });
}

/** A field of a call's body that must be a text. */
export function textOf(body: unknown, name: string): string {
  const value = (body as Record<string, unknown> | undefined)?.[name];
  if (typeof value === 'string') return value;
  throw platformError('CALL_MALFORMED', `Cannot read the call: ${JSON.stringify(name)} is not a text`, {
    hint: 'Use the client of the same version',
  });
}
