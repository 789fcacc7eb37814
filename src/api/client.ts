/**
 * The API as a typed client. Which calls there are, and what they take and give, comes from the catalogue as types alone: a
 * client loads none of its shapes.
 */
import type { Readable } from 'node:stream';
import type { Api, Asking, Downloading, Following, Uploading } from './routes/catalogue.ts';
import type { BodyOf, ItemOf, ParamsOf, QueryOf, ReplyOf } from './routes/route.ts';
import { callAnswer, callBytes, callJson, callStream, type Peer } from './socket-call.ts';

type Given<K extends keyof Api> = Part<'params', ParamsOf<K & string>> &
  Part<'query', QueryOf<Api[K]>> &
  Part<'body', BodyOf<Api[K]>> & { readonly signal?: AbortSignal };

type Part<Name extends string, T> = unknown extends T
  ? unknown
  : T extends undefined
    ? unknown
    : { readonly [K in Name]: T };

export interface Client {
  readonly peer: Peer;
  /** @throws the server's own coded error, or PEER_AWAY */
  ask<K extends Asking>(call: K, given: Given<K>): Promise<ReplyOf<Api[K]>>;
  /** Of a call that begins a change: the answer, and the change's name when there is anything to follow. */
  change<K extends Asking>(call: K, given: Given<K>): Promise<Changing<ReplyOf<Api[K]>>>;
  /** Ends when the server has said all; a stream that broke off is PEER_AWAY. */
  follow<K extends Following>(call: K, given: Given<K>): AsyncGenerator<ItemOf<Api[K]>>;
  /** Bytes as they come; a stream that breaks off is destroyed with an error. */
  download<K extends Downloading>(call: K, given: Given<K>): Promise<Readable>;
  /** Sends bytes as the other side takes them. */
  upload<K extends Uploading>(call: K, given: Given<K>, bytes: Readable): Promise<ReplyOf<Api[K]>>;
}

export interface Changing<T> {
  readonly reply: T;
  readonly change: string | null;
}

export function openClient(peer: Peer): Client {
  return {
    peer,
    ask: (call, given) => callJson(peer, requestOf(call, given)),
    async change(call, given) {
      const { body, headers } = await callAnswer<never>(peer, requestOf(call, given));
      const name = headers['dozen-change'];
      return { reply: body, change: typeof name === 'string' ? name : null };
    },
    follow: (call, given) => callStream(peer, requestOf(call, given)),
    download: (call, given) => callBytes(peer, requestOf(call, given)),
    upload: (call, given, bytes) => callJson(peer, { ...requestOf(call, given), bytes }),
  };
}

interface Loose {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

function requestOf(call: string, given: unknown): Parameters<typeof callJson>[1] {
  const { params = {}, query = {}, body, signal } = given as Loose;
  const [method = 'GET', template = '/'] = call.split(' ');
  const path = template.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  ).toString();
  return {
    method,
    path: search === '' ? path : `${path}?${search}`,
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  };
}
