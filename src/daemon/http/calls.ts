/** What a handler of the API is given, and what it gives. */
import type { Writable } from 'node:stream';
import type { Api } from '../../api/routes/catalogue.ts';
import type {
  BodyOf,
  ItemOf,
  ParamsOf,
  QueryOf,
  ReplyOf,
  SendingRoute,
  StreamingRoute,
} from '../../api/routes/route.ts';
import type { Caller } from './admission.ts';
import type { Origin } from './links.ts';

export interface Call<K extends keyof Api> {
  readonly params: ParamsOf<K & string>;
  readonly query: QueryOf<Api[K]>;
  readonly body: Api[K] extends { readonly takes: 'bytes' } ? AsyncIterable<Uint8Array> : BodyOf<Api[K]>;
  readonly caller: Caller;
  /** Aborted when the caller is gone. */
  readonly signal: AbortSignal;
  /** The `Range` header, e.g. `version ..; order=desc,max=15`. */
  readonly range: string | undefined;
  readonly origin: Origin;
  readonly reply: ReplyHead;
}

/** What of the answer's head a handler may set. */
export interface ReplyHead {
  header(name: string, value: string): void;
  status(code: number): void;
}

/** One that gives bytes writes and ends them; what it throws after the first of them breaks the answer off. */
export type Handler<K extends keyof Api> = Api[K] extends StreamingRoute
  ? (call: Call<K>) => AsyncIterable<ItemOf<Api[K]>>
  : Api[K] extends SendingRoute
    ? (call: Call<K>, into: Writable) => Promise<void>
    : (call: Call<K>) => Promise<ReplyOf<Api[K]>> | ReplyOf<Api[K]>;

/** One for each call: a route without one does not compile. */
export type Handlers = { readonly [K in keyof Api]: Handler<K> };

/** Those of one resource. */
export type HandlersOf<Routes> = { readonly [K in keyof Routes & keyof Api]: Handler<K> };
