/** What capability URLs lead to: logs as Server-Sent Events, outputs as text. No token is asked. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { userError } from '../../base/error.ts';
import { type KeptLine, wholeLog } from '../../factors/11-logs/log-query.ts';
import { logText } from '../../factors/11-logs/log-text.ts';
import { answerQuery, checkCursor } from '../../store/logs/log-answer.ts';
import type { OutputKind } from '../../store/outputs.ts';
import { releaseOutputId } from '../output-recorder.ts';
import type { ApiContext } from './context.ts';
import { requireApp } from './identify.ts';
import type { BuildLink, LogLink, ReleaseLink } from './links.ts';

type Linked = FastifyRequest<{ Params: { link: string } }>;

const prefix = '/dozen/v1/streams';
/** The official CLI gives up after 300 s without a byte. */
const keepAliveMs = 15_000;
const lookEveryMs = 100;

export function addStreamRoutes(app: FastifyInstance, context: ApiContext): void {
  const { capabilities, platform } = context;
  app.get(`${prefix}/log/:link`, async (request: Linked, reply) => {
    const link = capabilities.claimsOf('log', request.params.link) as unknown as LogLink;
    const { id } = requireApp(platform.store, link.appId);
    const seen = request.headers['last-event-id'];
    const cursor = typeof seen === 'string' && seen !== '' ? seen : undefined;
    if (cursor !== undefined) await checkCursor(context.logs, id, cursor);
    return sendEvents(reply, {
      lines: (signal) =>
        answerQuery(
          context.logs,
          id,
          { ...wholeLog, ...link.query },
          {
            follow: link.tail,
            signal,
            ...(cursor === undefined ? {} : { cursor }),
          },
        ),
    });
  });
  app.get(`${prefix}/build/:link`, async (request: Linked, reply) => {
    const { appId, buildId } = capabilities.claimsOf(
      'build-output',
      request.params.link,
    ) as unknown as BuildLink;
    requireApp(platform.store, appId);
    const isOnItsWay = (): boolean => platform.store.findBuild(buildId)?.status === 'running';
    return sendOutput(reply, { context, kind: 'build', id: buildId, isOnItsWay });
  });
  app.get(`${prefix}/release/:link`, async (request: Linked, reply) => {
    const link = capabilities.claimsOf('release-output', request.params.link) as unknown as ReleaseLink;
    const { appId, version } = link;
    requireApp(platform.store, appId);
    const isOnItsWay = (): boolean => {
      const status = platform.store.releaseEvents(appId, version).at(-1)?.status;
      return status === 'pending' || status === 'releasing';
    };
    return sendOutput(reply, { context, kind: 'release', id: releaseOutputId(appId, version), isOnItsWay });
  });
}

function goneOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

interface Events {
  readonly lines: (signal: AbortSignal) => AsyncIterable<KeptLine>;
}

async function sendEvents(reply: FastifyReply, { lines }: Events): Promise<FastifyReply> {
  const { raw } = reply;
  const signal = goneOf(reply);
  reply.hijack();
  raw.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  raw.flushHeaders();
  const alive = setInterval(() => {
    if (!raw.writableNeedDrain) raw.write(': ka\n\n');
  }, keepAliveMs);
  try {
    await pipeline(Readable.from(eventsOf(lines(signal))), raw);
  } catch (error) {
    // The reader is gone, or is told by the broken stream that something is wrong here.
    raw.destroy(error as Error);
  } finally {
    clearInterval(alive);
  }
  return reply;
}

async function* eventsOf(lines: AsyncIterable<KeptLine>): AsyncGenerator<string> {
  for await (const line of lines) {
    // A carriage return ends a line of an event: what a progress bar writes over itself becomes lines.
    const parts = line.text.split('\r').filter((part, at) => at === 0 || part !== '');
    const data = parts.map((text) => `data: ${logText({ ...line, text }, 'heroku')}\n`);
    yield `id: ${line.cursor}\n${data.join('')}\n`;
  }
}

interface Output {
  readonly context: ApiContext;
  readonly kind: OutputKind;
  readonly id: string;
  /** Whether one that is not there yet may come. */
  readonly isOnItsWay: () => boolean;
}

async function sendOutput(
  reply: FastifyReply,
  { context: { outputs, platform }, kind, id, isOnItsWay }: Output,
): Promise<FastifyReply> {
  const signal = goneOf(reply);
  while (!(await outputs.exists(kind, id))) {
    if (!isOnItsWay()) throw notStarted(kind);
    await platform.clock.sleep(lookEveryMs, signal);
  }
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  raw.flushHeaders();
  try {
    await pipeline(Readable.from(outputs.read(kind, id, { follow: true, signal })), raw);
  } catch (error) {
    raw.destroy(error as Error);
  }
  return reply;
}

function notStarted(kind: OutputKind): Error {
  return userError('OUTPUT_UNKNOWN', `Cannot show the output of this ${kind}: there is none`, {
    hint: 'It has not begun, said nothing, or was removed since',
  });
}
