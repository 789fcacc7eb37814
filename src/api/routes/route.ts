/**
 * One call of the API: who may make it, what it takes and what it gives. A catalogue of routes is keyed by method and path
 * (`GET /apps/:app`); the server makes its routes and validators of it, the client its types.
 */
import type { Static, TSchema } from './shapes.ts';

/**
 * What a token must be good for: `read` and `write` of everything but variables' values, which are `protected`; `identity`: who
 * the caller is.
 */
export type Need = 'identity' | 'read' | 'write' | 'read-protected' | 'write-protected';

interface Takes {
  readonly need: Need;
  readonly query?: TSchema;
  readonly body?: TSchema;
}

export interface AnsweringRoute extends Takes {
  /** The body is bytes, of any length, in the place of JSON. */
  readonly takes?: 'bytes';
  readonly status: 200 | 201 | 202;
  readonly reply: TSchema;
}

/** Gives lines of JSON, one item each, as they come to be. */
export interface StreamingRoute extends Takes {
  readonly item: TSchema;
}

/** Gives bytes, of any length. Ended before its end it breaks off: it is never taken for whole. */
export interface SendingRoute extends Takes {
  readonly gives: 'bytes';
}

export type RouteShape = AnsweringRoute | StreamingRoute | SendingRoute;
export type Catalogue = Readonly<Record<string, RouteShape>>;

/** The names after the colons in a path. */
export type ParamsOf<Key extends string> = Key extends `${string}/:${infer Rest}`
  ? Rest extends `${infer Name}/${infer More}`
    ? { readonly [K in Name]: string } & ParamsOf<`/${More}`>
    : { readonly [K in Rest]: string }
  : unknown;

export type QueryOf<R> = R extends { readonly query: infer Q extends TSchema } ? Static<Q> : undefined;
export type BodyOf<R> = R extends { readonly body: infer B extends TSchema } ? Static<B> : undefined;
export type ReplyOf<R> = R extends { readonly reply: infer T extends TSchema } ? Static<T> : never;
export type ItemOf<R> = R extends { readonly item: infer T extends TSchema } ? Static<T> : never;
