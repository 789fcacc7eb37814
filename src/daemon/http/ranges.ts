/** Heroku's `Range` header: how a list is ordered and cut, e.g. `version ..; order=desc,max=15` or `id abc..; max=200`. */
import type { ReplyHead } from './calls.ts';

export interface ListRange {
  readonly by: string | null;
  /** The first value, or behind it where it was written `]value`. */
  readonly from: string | null;
  readonly order: 'asc' | 'desc';
  readonly max: number;
}

const defaultMax = 200;
const largestMax = 1000;

/** Anything else than a range is none: the header is the client's wish, not its claim. */
export function readRange(header: string | undefined): ListRange {
  const none: ListRange = { by: null, from: null, order: 'asc', max: defaultMax };
  const [, by, from = '', options = ''] = /^\s*(\w+)\s+([^\s;]*?)\.\.[^;]*;?(.*)$/.exec(header ?? '') ?? [];
  if (by === undefined) return none;
  const wishes = new Map(
    options
      .split(/[,;]/)
      .map((pair) => pair.trim().split('='))
      .flatMap(([name, value]) => (name !== undefined && value !== undefined ? [[name, value]] : [])),
  );
  const max = Number(wishes.get('max') ?? defaultMax);
  return {
    by,
    from: from === '' ? null : from,
    order: wishes.get('order') === 'desc' ? 'desc' : 'asc',
    max: Number.isInteger(max) && max > 0 ? Math.min(max, largestMax) : defaultMax,
  };
}

export interface Page<T> {
  readonly items: readonly T[];
  /** The `Next-Range` header; null when nothing is left out. */
  readonly next: string | null;
}

export interface Paging<T> {
  /** The `Range` header. */
  readonly range: string | undefined;
  readonly reply: ReplyHead;
  readonly by: string;
  readonly keyOf: (item: T) => string;
}

/** The part of `all` that the caller's range asks for; the answer's head says where the rest begins. */
export function sendPage<T>(all: readonly T[], { range, reply, by, keyOf }: Paging<T>): readonly T[] {
  const { items, next } = pageOf(all, { range: readRange(range), by, keyOf });
  if (next !== null) {
    reply.header('Next-Range', next);
    reply.status(206);
  }
  return items;
}

/** The part of `all` (in ascending order) that a range asks for. `keyOf` is what the range speaks of. */
export function pageOf<T>(
  all: readonly T[],
  {
    range,
    by,
    keyOf,
  }: { readonly range: ListRange; readonly by: string; readonly keyOf: (item: T) => string },
): Page<T> {
  const ordered = range.order === 'desc' ? [...all].reverse() : all;
  const begin = firstOf(ordered, range, keyOf);
  const items = ordered.slice(begin, begin + range.max);
  const after = ordered[begin + range.max];
  const last = items.at(-1);
  const next =
    after === undefined || last === undefined
      ? null
      : `${by} ]${keyOf(last)}..; max=${range.max}${range.order === 'desc' ? ', order=desc' : ''}`;
  return { items, next };
}

function firstOf<T>(ordered: readonly T[], { from }: ListRange, keyOf: (item: T) => string): number {
  if (from === null) return 0;
  const isAfter = from.startsWith(']');
  const at = ordered.findIndex((item) => keyOf(item) === (isAfter ? from.slice(1) : from));
  if (at === -1) return ordered.length;
  return isAfter ? at + 1 : at;
}
