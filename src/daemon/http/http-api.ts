/** The API over HTTP: routes and validators made of the catalogue, every call admitted before it is read. */
import type { IncomingMessage } from 'node:http';
import { addAbortSignal, Readable, type Writable } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { catalogue } from '../../api/routes/catalogue.ts';
import type { RouteShape } from '../../api/routes/route.ts';
import { asDozenError, type DozenError, userError } from '../../base/error.ts';
import { toNdjson } from '../../base/ndjson.ts';
import { type Admission, type Caller, checkScope } from './admission.ts';
import { isAttaching } from './attach.ts';
import { bytesType, sendBytes } from './bytes.ts';
import type { Call, Handlers } from './calls.ts';
import { saidOf } from './statuses.ts';

export interface HttpApiOptions {
  readonly handlers: Handlers;
  readonly admission: Admission;
  /** Routes that are no calls of the catalogue: git, and capability URLs. They check for themselves. */
  readonly others?: (app: FastifyInstance) => void;
}

/** A config of 64 KB, twice over for its encoding, and room. */
const bodyLimitBytes = 1024 * 1024;
/** Of a body that is too large. */
const drainedBytes = 64 * 1024 * 1024;
const drainWithinMs = 10_000;
/** The official CLI collects request ids in one header. */
const headLimitBytes = 64 * 1024;
/** As Node has it, and not over a minute, as Fastify has. */
const keepAliveMs = 5_000;

export async function openHttpApi({ handlers, admission, others }: HttpApiOptions): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: bodyLimitBytes,
    http: { maxHeaderSize: headLimitBytes, shouldUpgradeCallback: isAttaching },
    forceCloseConnections: true,
    keepAliveTimeout: keepAliveMs,
    routerOptions: { maxParamLength: 2048 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(/^application\/(.+\+)?json/, { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  app.addContentTypeParser(bytesType, (request, body, done) => {
    const { takesBytes } = request.routeOptions.config as { readonly takesBytes?: boolean };
    if (takesBytes === true) done(null, body);
    else done(notJson());
  });
  app.setErrorHandler(async (error, request, reply) => {
    const coded = codedOf(error);
    if (coded.code === 'CALL_TOO_LARGE') await drain(request.raw);
    if (request.body instanceof Readable) request.raw.resume();
    sayError(reply, coded);
  });
  app.setNotFoundHandler((request, reply) => {
    sayError(reply, unknownCall(request));
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('Cache-Control', 'no-store');
    const id = request.headers['request-id'];
    if (typeof id === 'string') reply.header('Request-Id', id.slice(0, 200));
    if (!isLocal(request)) admission.checkOrigin(request.headers);
  });
  for (const key of Object.keys(catalogue) as (keyof Handlers)[]) addRoute(app, { key, handlers, admission });
  others?.(app);
  await app.ready();
  return app;
}

/** Over the unix socket, which no browser reaches. */
function isLocal({ raw }: FastifyRequest): boolean {
  return raw.socket.remoteAddress === undefined;
}

interface Adding {
  readonly key: keyof Handlers;
  readonly handlers: Handlers;
  readonly admission: Admission;
}

function addRoute(app: FastifyInstance, { key, handlers, admission }: Adding): void {
  const [method = 'GET', url = '/'] = key.split(' ');
  const shape: RouteShape = catalogue[key];
  const callers = new WeakMap<FastifyRequest, Caller>();
  app.route({
    method,
    url,
    config: { takesBytes: 'takes' in shape },
    schema: {
      ...(shape.query === undefined ? {} : { querystring: shape.query }),
      ...(shape.body === undefined ? {} : { body: shape.body }),
      ...('reply' in shape ? { response: { '2xx': shape.reply } } : {}),
    },
    // Before the body is read: a stranger's is not worth reading.
    onRequest: async (request) => {
      const caller = admission.callerOf(request.headers);
      checkScope(caller, shape.need);
      callers.set(request, caller);
    },
    handler: async (request, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const caller = callers.get(request);
      if (caller === undefined) throw new TypeError('a call was not admitted');
      const call = callOf(request, reply, { caller, signal: gone.signal });
      const handle = handlers[key] as (call: unknown) => unknown;
      if ('item' in shape) return sendStream(reply, handle(call) as AsyncIterable<unknown>);
      if ('gives' in shape) return sendBytes(reply, (into) => (handle as Sending)(call, into));
      if ('takes' in shape && !(request.body instanceof Readable)) throw noBytes();
      reply.status(shape.status);
      const answer = await handle(call);
      return reply.send(answer);
    },
  });
}

type Sending = (call: unknown, into: Writable) => Promise<void>;

function callOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { caller, signal }: { readonly caller: Caller; readonly signal: AbortSignal },
): Call<keyof Handlers> {
  const { params, query, body, headers } = request;
  const head = {
    header: (name: string, value: string): void => void reply.header(name, value),
    status: (code: number): void => void reply.status(code),
  };
  // Whoever reads bytes may stop: what is left is read past, so that the answer is heard.
  const given = body instanceof Readable ? body.iterator({ destroyOnReturn: false }) : body;
  const { range, host } = headers;
  const origin = isLocal(request) ? null : `${request.protocol}://${host}`;
  return { params, query, body: given, caller, signal, range, origin, reply: head } as unknown as Call<
    keyof Handlers
  >;
}

/** Errors before the first item have their status; later ones are the last line. */
async function sendStream(reply: FastifyReply, items: AsyncIterable<unknown>): Promise<FastifyReply> {
  const iterator = items[Symbol.asyncIterator]();
  reply.header('Content-Type', 'application/x-ndjson');
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' });
  raw.flushHeaders();
  const room = async (): Promise<void> => {
    if (raw.writableNeedDrain && !raw.destroyed)
      await new Promise<void>((resolve) => {
        raw.once('drain', resolve).once('close', resolve);
      });
  };
  try {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      if (raw.destroyed) break;
      raw.write(toNdjson({ item: next.value }));
      await room();
    }
    raw.end(toNdjson({ end: true }));
  } catch (error) {
    raw.end(toNdjson({ error: asDozenError(error) }));
  } finally {
    await iterator.return?.();
  }
  return reply;
}

function sayError(reply: FastifyReply, error: DozenError): void {
  const { status, body } = saidOf(error);
  if (status === 401) reply.header('WWW-Authenticate', 'Basic realm="Dozen"');
  void reply.status(status).type('application/json').send(JSON.stringify(body));
}

/** A client that is still sending hears nothing: what it sends is let pass, within bounds, and then it is answered. */
async function drain(body: IncomingMessage): Promise<void> {
  const limit = AbortSignal.timeout(drainWithinMs);
  let size = 0;
  try {
    for await (const chunk of addAbortSignal(limit, body)) {
      size += (chunk as Buffer).length;
      if (size > drainedBytes) return;
    }
  } catch (error) {
    if (!limit.aborted && (error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  }
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw userError('CALL_MALFORMED', 'Cannot read the call: it is not JSON', { hint: 'Send JSON', cause });
  }
}

/** Fastify's own complaints in our words. */
function codedOf(error: unknown): DozenError {
  const { code, validation, validationContext, message } = error as {
    readonly code?: string;
    readonly validation?: unknown;
    readonly validationContext?: string;
    readonly message: string;
  };
  if (validation !== undefined)
    return userError('REQUEST_INVALID', `Cannot read the request: ${message.replace(/\.$/, '')}`, {
      hint: `Correct its ${validationContext ?? 'body'} and send it again`,
    });
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return userError('CALL_TOO_LARGE', `Cannot read the call: it is over ${bodyLimitBytes} bytes`, {
        hint: 'Send less',
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return notJson();
    default:
      return asDozenError(error);
  }
}

function notJson(): DozenError {
  return userError('REQUEST_INVALID', 'Cannot read the request: its Content-Type is not application/json', {
    hint: 'Send JSON, with Content-Type: application/json',
  });
}

function noBytes(): DozenError {
  return userError('REQUEST_INVALID', `Cannot read the request: its Content-Type is not ${bytesType}`, {
    hint: `Send the bytes as they are, with Content-Type: ${bytesType}`,
  });
}

function unknownCall({ method, url }: FastifyRequest): DozenError {
  const { pathname } = new URL(url, 'http://localhost');
  return userError('CALL_UNKNOWN', `Cannot call ${method} ${pathname.slice(0, 200)}: there is no such call`, {
    hint: 'Use the client of the same version',
  });
}
