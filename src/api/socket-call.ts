/** A call to one of Dozen's own processes, or to a platform: HTTP, JSON both ways, streams as lines of JSON. */
import { type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { connect, type Socket } from 'node:net';
import { type Duplex, pipeline, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { asDozenError, DozenError, type ErrorShape, fromShape, platformError } from '../base/error.ts';
import { fromNdjson } from '../base/ndjson.ts';

export type Peer = LocalPeer | RemotePeer;

/** On this machine, over a unix socket. */
export interface LocalPeer {
  readonly socket: string;
  /** Proves that the caller may: kept in a file that only the owner can read. */
  readonly token: string;
  /** Whether somebody starts it again when it is away: a connection that is refused is then tried again for a while. */
  readonly comesBack?: () => boolean;
}

/** Anywhere, e.g. `https://dozen.example.org`. */
export interface RemotePeer {
  readonly url: string;
  readonly token: string;
}

export interface Call {
  /** E.g. `GET`. */
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Bytes in the place of a body. */
  readonly bytes?: Readable;
  readonly signal?: AbortSignal;
}

/** @throws the peer's own coded error, or PEER_AWAY when it cannot be reached or went away */
export async function callJson<T>(peer: Peer, call: Call): Promise<T> {
  return (await callAnswer<T>(peer, call)).body;
}

export interface Answer<T> {
  readonly body: T;
  readonly headers: IncomingHttpHeaders;
}

/** The same with the head of the answer. */
export async function callAnswer<T>(peer: Peer, call: Call): Promise<Answer<T>> {
  const response = await send(peer, call);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    throw away(peer, error);
  }
  return { body: JSON.parse(Buffer.concat(chunks).toString()) as T, headers: response.headers };
}

/** The bytes of an answer, as they come. One that breaks off is destroyed with an error, and never ends. */
export function callBytes(peer: Peer, call: Call): Promise<Readable> {
  return send(peer, call);
}

/**
 * The values of a stream. A peer that ends it with an error ends it here with the same; one that goes away, with PEER_AWAY.
 * Aborting the signal ends the stream without an error.
 */
export async function* callStream<T>(peer: Peer, call: Call): AsyncGenerator<T> {
  const { signal } = call;
  let ended = false;
  try {
    const response = await send(peer, call);
    for await (const item of fromNdjson<{ item?: T; error?: ErrorShape; end?: true }>(response)) {
      if (item.error !== undefined) throw fromShape(item.error);
      if (item.end === true) ended = true;
      else yield item.item as T;
    }
  } catch (error) {
    if (signal?.aborted) return;
    throw isTransport(error) ? away(peer, error) : error;
  }
  if (!ended && !signal?.aborted) throw away(peer, null);
}

export interface Upgrade {
  readonly path: string;
  readonly protocol: string;
  readonly signal?: AbortSignal;
}

/** The connection itself, once the peer has agreed to speak the protocol over it. @throws as `callJson` */
export async function callUpgrade(peer: Peer, { path, protocol, signal }: Upgrade): Promise<Duplex> {
  const socket = await connectTo(peer, signal);
  return new Promise((resolve, reject) => {
    const headers = {
      Authorization: `Bearer ${peer.token}`,
      Connection: 'Upgrade',
      Upgrade: protocol,
    };
    const options = { method: 'GET', headers, ...(signal === undefined ? {} : { signal }) };
    const sent = open(peer, path, { ...options, ...socket });
    sent.once('error', (error) => reject(signal?.aborted ? signal.reason : away(peer, error)));
    sent.once('response', (response) =>
      readFault(response).then(reject, (error: unknown) => reject(away(peer, error))),
    );
    sent.once('upgrade', (_response, socket: Duplex, head: Buffer) => {
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    sent.end();
  });
}

/** Whether a call failed because the peer could not be reached or went away. */
export function isAway(error: unknown): boolean {
  return error instanceof DozenError && error.code === 'PEER_AWAY';
}

async function send(peer: Peer, { method, path, body, bytes, signal }: Call): Promise<IncomingMessage> {
  const socket = await connectTo(peer, signal);
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      Authorization: `Bearer ${peer.token}`,
      ...(payload === undefined
        ? {}
        : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) }),
      // Kept, so that a server that refuses halfway may go on reading until its answer is heard.
      ...(bytes === undefined
        ? {}
        : { 'Content-Type': 'application/octet-stream', Connection: 'keep-alive' }),
    };
    const options = { method, headers, ...(signal === undefined ? {} : { signal }) } as const;
    const sent = open(peer, path, { ...options, ...socket });
    let refused = false;
    sent.on('error', (error) => {
      if (!refused) reject(signal?.aborted ? signal.reason : away(peer, error));
    });
    sent.once('response', (response) => {
      refused = (response.statusCode ?? 0) >= 300;
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) {
        // Nobody asks anything more over it, and an open connection would hold the command. The request counts as destroyed by then.
        const { socket: connection } = response;
        if (bytes !== undefined) response.once('end', () => void connection.destroy());
        resolve(response);
      } else {
        const told = readFault(response).then(reject, (error: unknown) => reject(away(peer, error)));
        void told.finally(() => sent.destroy());
      }
    });
    if (bytes === undefined) sent.end(payload);
    // What fails on this side is told by the request's own error.
    else pipeline(bytes, sent, (error) => error != null && sent.destroy(error));
  });
}

const comesBackWithinMs = 10_000;
const betweenAttemptsMs = 50;

/** Nothing was sent when a connection is refused, so whatever is asked can be tried again. */
async function connectTo(
  peer: Peer,
  signal: AbortSignal | undefined,
): Promise<Pick<RequestOptions, 'createConnection' | 'agent'>> {
  if (!('socket' in peer)) return { agent: false };
  const deadline = performance.now() + comesBackWithinMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const socket = await connected(peer.socket);
      return { createConnection: () => socket };
    } catch (error) {
      const refused = ['ECONNREFUSED', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (!refused || peer.comesBack?.() !== true || performance.now() > deadline) throw away(peer, error);
    }
    await sleep(betweenAttemptsMs, undefined, signal === undefined ? {} : { signal });
  }
}

function connected(file: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(file);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

function open(peer: Peer, path: string, options: RequestOptions): ReturnType<typeof request> {
  if ('socket' in peer)
    return request({
      ...options,
      socketPath: peer.socket,
      path,
      headers: { ...options.headers, Host: 'localhost' },
    });
  const url = new URL(path, peer.url);
  return url.protocol === 'https:' ? requestSecurely(url, options) : request(url, options);
}

async function readFault(response: IncomingMessage): Promise<Error> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return fromShape(JSON.parse(Buffer.concat(chunks).toString()) as ErrorShape);
}

function isTransport(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
}

function away(peer: Peer, cause: unknown): Error {
  const why = cause === null ? 'the connection was cut' : asDozenError(cause).message;
  const name = 'socket' in peer ? peer.socket : peer.url;
  const hasLeft = 'socket' in peer && peer.comesBack?.() === false;
  return platformError('PEER_AWAY', `Cannot reach ${JSON.stringify(name)}: ${why}`, {
    hint: hasLeft
      ? 'Start the platform again with dozen server (or dozen up)'
      : 'It is started again by itself; try again in a moment',
    cause,
  });
}
