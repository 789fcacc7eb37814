/**
 * The provider's own connection to a server: a few commands that answer in one line, and the snapshot that a replica is given
 * (see docs/decisions/008).
 *
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DozenError, platformError } from '../../base/error.ts';
import { type ByteReader, byteReader } from '../byte-reader.ts';
import type { RedisState } from './state.ts';
import { admin } from './users.ts';

export interface Session {
  /** A command that is answered by a text or a number. @throws SERVICE_UNREACHABLE when it is refused */
  call(...words: readonly string[]): Promise<string>;
  /** Everything in it at one moment, as an RDB file. Nothing can be asked afterwards. */
  snapshot(): AsyncGenerator<Buffer>;
}

interface Place {
  readonly state: RedisState;
  readonly signal: AbortSignal;
}

const readyWithinMs = 60_000;
const askEveryMs = 50;
const lineLimit = 64 * 1024;

/** Waits for a server that reads its data. @throws SERVICE_UNREACHABLE */
export async function withSession<T>(place: Place, work: (session: Session) => Promise<T>): Promise<T> {
  const socket = connect({ host: '127.0.0.1', port: place.state.port, signal: place.signal });
  // Whoever reads is told; without a listener it would end the process.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'connect', { signal: place.signal });
    const channel = { socket, reader: byteReader(socket), port: place.state.port };
    await waitUntilReady(channel, place);
    return await work({ call: (...words) => call(channel, words), snapshot: () => snapshot(channel) });
  } catch (error) {
    place.signal.throwIfAborted();
    throw error instanceof DozenError || !isOfSocket(error) ? error : unreachable(place.state, error);
  } finally {
    socket.destroy();
  }
}

interface Channel {
  readonly socket: Socket;
  readonly reader: ByteReader;
  readonly port: number;
}

async function waitUntilReady(channel: Channel, { state, signal }: Place): Promise<void> {
  await call(channel, ['AUTH', admin, state.password]);
  const deadline = performance.now() + readyWithinMs;
  for (;;) {
    const reply = await ask(channel, ['PING']);
    if (!/^-LOADING /.test(reply)) return void textOf(channel, reply);
    if (performance.now() > deadline) throw unreachable(state, new Error('it still reads its data'));
    await sleep(askEveryMs, undefined, { signal });
  }
}

async function call(channel: Channel, words: readonly string[]): Promise<string> {
  return textOf(channel, await ask(channel, words));
}

/** The line of the answer as it comes, which is all of it for the commands that are used. */
async function ask({ socket, reader, port }: Channel, words: readonly string[]): Promise<string> {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  socket.write(`*${words.length}\r\n${parts.join('')}`);
  const line = (await reader.line(lineLimit)).toString('utf8');
  if (line.endsWith('\r\n')) return line.slice(0, -2);
  throw unreachable({ port }, new Error('it ended the connection'));
}

/** Of a refusal the first word is told: the rest may repeat what was asked. */
function textOf({ port }: Channel, reply: string): string {
  if (/^[+:]/.test(reply)) return reply.slice(1);
  throw unreachable({ port }, new Error(`it answered ${reply.split(' ', 1)[0]}`));
}

async function* snapshot(channel: Channel): AsyncGenerator<Buffer> {
  await call(channel, ['REPLCONF', 'capa', 'eof']);
  await call(channel, ['REPLCONF', 'rdb-only', '1']);
  channel.socket.write('*1\r\n$4\r\nSYNC\r\n');
  const [, mark, size] = /^\$(?:EOF:([0-9a-f]{40})|(\d+))\r\n$/.exec(await firstLine(channel)) ?? [];
  if (mark !== undefined) yield* untilMark(channel, Buffer.from(mark));
  else if (size !== undefined) yield* exactly(channel, Number(size));
  else throw notBackedUp('it gave no snapshot');
}

/** Line feeds come while it prepares. */
async function firstLine({ reader }: Channel): Promise<string> {
  for (;;) {
    const line = (await reader.line(lineLimit)).toString('latin1');
    if (line !== '\n') return line;
  }
}

async function* exactly({ reader }: Channel, size: number): AsyncGenerator<Buffer> {
  let left = size;
  for await (const piece of reader.pass(size)) {
    left -= piece.length;
    yield piece;
  }
  if (left > 0) throw notBackedUp('it ended the connection');
}

/** The mark is the last that the server sends; so much is held back of what comes. */
async function* untilMark({ reader }: Channel, mark: Buffer): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  for await (const piece of reader.pass(Number.POSITIVE_INFINITY)) {
    held = Buffer.concat([held, piece]);
    const isOver = held.subarray(-mark.length).equals(mark);
    const cut = held.length - mark.length;
    if (cut > 0) yield held.subarray(0, cut);
    if (isOver) return;
    held = held.subarray(Math.max(0, cut));
  }
  throw notBackedUp('it ended the connection');
}

function isOfSocket(error: unknown): boolean {
  return typeof (error as { readonly syscall?: unknown }).syscall === 'string';
}

function unreachable({ port }: Pick<RedisState, 'port'>, error: unknown): Error {
  return platformError(
    'SERVICE_UNREACHABLE',
    `Cannot reach Redis on port ${port}: ${(error as Error).message}`,
    {
      hint: 'Look at its last lines in the log; it is started again by itself',
      cause: error,
    },
  );
}

function notBackedUp(why: string): Error {
  return platformError('SERVICE_NOT_BACKED_UP', `Cannot back up a Redis service: ${why}`, {
    hint: 'Try again when it answers; its log says what happened',
  });
}
