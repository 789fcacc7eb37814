/** Requests of an experiment: sent once, never retried, and what happened told as it was. */
import http from 'node:http';
import { fillIn, type Values } from '../scenario/fill.ts';
import { matchesPattern } from '../scenario/pattern.ts';
import type { HttpRequest } from '../scenario/scenario.ts';
import type { Cookies } from './cookies.ts';

/** Somebody who sends requests, and keeps the cookies that answers set. */
export interface Visitor {
  /** As the last answer left them. */
  cookies: Cookies;
  /** What stands for names in braces in all that is sent. */
  kept: Values;
}

export interface Sending {
  readonly request: HttpRequest;
  /** For `{token}`. */
  readonly token?: string;
  /** For other names in braces. */
  readonly values?: Values;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default 10 s. */
  readonly timeoutMs?: number;
  /** The body is sent in two halves: the second once this resolves. Headers and first half are out when `onHalf` is called. */
  readonly secondHalf?: Promise<void>;
  readonly onHalf?: () => void;
  readonly signal?: AbortSignal;
  /** Who sends it: with the cookies of earlier answers. Default: a stranger, or the instance's member for what is to be sent signed in. */
  readonly visitor?: Visitor;
}

/** To one place, at one time or another. Never throws. */
export type Send = (sending: Sending) => Promise<Answer>;

export interface Answer {
  /** When it was sent, and when its answer was whole or it failed. */
  readonly sentAt: number;
  readonly atMs: number;
  /** Whether it was sent at all: it is not where its visitor cannot sign in. */
  readonly sent: boolean;
  /** What was sent to be known by: bearer tokens, cookies, keys. */
  readonly credentials: readonly string[];
  /** Null: there was no whole answer. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  /** At most 4 MB. */
  readonly body: string;
  /** Null when there was a whole answer: `ECONNREFUSED`, `ECONNRESET`, `timeout`. */
  readonly failure: string | null;
  /** Whether status and body are what the request says they must be. */
  readonly asExpected: boolean;
}

const bodyLimit = 4 * 1024 * 1024;
const defaultTimeoutMs = 10_000;

export async function send(
  { port, now }: { readonly port: number; readonly now: () => number },
  sending: Sending,
): Promise<Answer> {
  const token = sending.token ?? '';
  const request = fillIn(sending.request, { ...sending.values, token });
  const sentAt = now();
  const heard = await exchange(port, { ...sending, request });
  const expected =
    heard.failure === null &&
    (request.status === null
      ? heard.status !== null && heard.status < 400
      : heard.status === request.status) &&
    (request.matches === null || matchesPattern(request.matches, token, heard.body));
  const credentials = credentialsIn({ ...request.headers, ...sending.headers });
  return { sentAt, atMs: now(), sent: true, credentials, ...heard, asExpected: expected };
}

/** What is shorter stands in a text by chance. */
const shortestCredential = 8;

export function credentialsIn(headers: Readonly<Record<string, string>>): readonly string[] {
  const found = Object.entries(headers).flatMap(([name, value]) => {
    if (/^cookie$/i.test(name))
      return value.split(';').map((pair) => pair.slice(pair.indexOf('=') + 1).trim());
    return /authorization|token|api-?key/i.test(name) ? [value.trim().replace(/^[A-Za-z]+ +/, '')] : [];
  });
  return [...new Set(found)].filter((text) => text.length >= shortestCredential);
}

type Heard = Pick<Answer, 'status' | 'headers' | 'body' | 'failure'>;

function exchange(port: number, sending: Sending): Promise<Heard> {
  const { promise, resolve } = Promise.withResolvers<Heard>();
  const { request, headers, timeoutMs = defaultTimeoutMs, signal } = sending;
  const limit = AbortSignal.timeout(timeoutMs);
  const failed = (failure: string): void => resolve({ status: null, headers: {}, body: '', failure });
  const body = request.body === null ? null : Buffer.from(request.body);
  const outgoing = http.request({
    host: '127.0.0.1',
    port,
    method: request.method,
    path: request.path,
    agent: false,
    signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    headers: {
      host: 'check.localhost',
      connection: 'close',
      'user-agent': 'dozen-check',
      'x-forwarded-proto': 'https',
      ...request.headers,
      ...headers,
      ...(body === null ? {} : { 'content-length': String(body.length) }),
    },
  });
  outgoing.on('response', (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bodyLimit) chunks.push(chunk);
    });
    response.on('error', (error: NodeJS.ErrnoException) => failed(reasonOf(error, limit)));
    response.on('aborted', () => failed('ECONNRESET'));
    response.on('close', () => failed('ECONNRESET'));
    response.on('end', () =>
      resolve({
        status: response.statusCode ?? null,
        headers: flat(response.headers),
        body: Buffer.concat(chunks).toString(),
        failure: null,
      }),
    );
  });
  outgoing.on('error', (error: NodeJS.ErrnoException) => failed(reasonOf(error, limit)));
  // Node closes without a word when an answer switches to a protocol that nobody asked for.
  outgoing.on('upgrade', (_response, socket) => {
    socket.destroy();
    failed('it switched to another protocol');
  });
  sendBody(outgoing, { ...sending, body }).catch((error: Error) => outgoing.destroy(error));
  return promise;
}

function flat(headers: http.IncomingHttpHeaders): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join('\n') : String(value),
    ]),
  );
}

function reasonOf(error: NodeJS.ErrnoException, limit: AbortSignal): string {
  return limit.aborted ? 'timeout' : (error.code ?? error.message);
}

async function sendBody(
  outgoing: http.ClientRequest,
  { body, secondHalf, onHalf }: Omit<Sending, 'request'> & { readonly body: Buffer | null },
): Promise<void> {
  if (secondHalf === undefined) {
    outgoing.end(body ?? undefined);
    return;
  }
  const half = Math.floor((body?.length ?? 0) / 2);
  outgoing.flushHeaders();
  outgoing.write(body?.subarray(0, half) ?? '', () => onHalf?.());
  await secondHalf;
  if (!outgoing.destroyed) outgoing.end(body?.subarray(half));
}
