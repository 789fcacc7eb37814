/** Heroku's `Range` header: how a list is ordered and cut, e.g. `version ..; order=desc,max=15` or `id abc..; max=200`. */
import type { ReplyHead } from './calls.ts';

export interface ListRange {
  readonly by: string | null;
  /** The first value, or `behind` it where it was written `]value`. */
  readonly from: { readonly value: string; readonly behind: boolean } | null;
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
    from: from === '' ? null : { value: from.replace(/^]/, ''), behind: from.startsWith(']') },
    order: wishes.get('order') === 'desc' ? 'desc' : 'asc',
    max: Number.isInteger(max) && max > 0 ? Math.min(max, largestMax) : defaultMax,
  };
}

export interface Paging<T> {
  readonly range: ListRange;
  readonly reply: ReplyHead;
  readonly by: string;
  /** What the range speaks of. */
  readonly keyOf: (item: T) => string;
}

/** The part of `all` (in ascending order) that the caller's range asks for. */
export function sendPage<T>(all: readonly T[], paging: Paging<T>): readonly T[] {
  const { range, keyOf } = paging;
  const ordered = range.order === 'desc' ? [...all].reverse() : all;
  return sendFrom(ordered.slice(firstOf(ordered, range, keyOf)), paging);
}

/** The same of a list that begins where the range does. The answer's head says where the rest begins. */
export function sendFrom<T>(found: readonly T[], { range, reply, by, keyOf }: Paging<T>): readonly T[] {
  const items = found.slice(0, range.max);
  const last = items.at(-1);
  if (last === undefined || found.length === items.length) return items;
  const order = range.order === 'desc' ? ', order=desc' : '';
  reply.header('Next-Range', `${by} ]${keyOf(last)}..; max=${range.max}${order}`);
  reply.status(206);
  return items;
}

function firstOf<T>(ordered: readonly T[], { from }: ListRange, keyOf: (item: T) => string): number {
  if (from === null) return 0;
  const at = ordered.findIndex((item) => keyOf(item) === from.value);
  if (at === -1) return ordered.length;
  return from.behind ? at + 1 : at;
}
