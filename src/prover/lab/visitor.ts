/** Somebody who sends requests to an app: keeps the cookies that answers set, and sends them back. */
import type { Values } from '../scenario/fill.ts';
import { cookiesAfter, withCookies } from './cookies.ts';
import type { Answer, Send, Sending, Visitor } from './http.ts';
import { readFrom, takeAll } from './taking.ts';
import { rootRequest } from './watched.ts';

export function newVisitor(): Visitor {
  return { cookies: new Map(), kept: {} };
}

/** Whether the app has given it anything to be known by. */
export function isKnown({ cookies, kept }: Visitor): boolean {
  return cookies.size > 0 || Object.keys(kept).length > 0;
}

export type Prepared =
  /** It goes out at once. */
  | { readonly sending: Sending }
  /** Why it cannot be sent. */
  | { readonly failure: string };

/** Takes what it takes from pages of the app, as the visitor. */
export async function prepareAs(visitor: Visitor, sending: Sending, send: Send): Promise<Prepared> {
  const { request, signal, values } = sending;
  const taken = await takeAll(request.takes, (path) => {
    const page = { request: { ...rootRequest, path }, visitor, ...(signal === undefined ? {} : { signal }) };
    return sendPrepared(page, send);
  });
  if ('failure' in taken) return taken;
  return {
    sending: {
      ...sending,
      visitor,
      request: { ...request, takes: [] },
      values: { ...visitor.kept, ...taken.values, ...values },
    },
  };
}

/** Sends what takes nothing. */
export async function sendPrepared(sending: Sending, send: Send): Promise<Answer> {
  const { visitor, request, headers, ...rest } = sending;
  if (visitor === undefined) return send(sending);
  const all = withCookies({ ...request.headers, ...headers }, visitor.cookies);
  const answer = await send({ ...rest, request: { ...request, headers: all } });
  visitor.cookies = cookiesAfter(visitor.cookies, answer);
  return answer;
}

/** Has the visitor keep what the answer tells. Null, or why that is not there. */
export function keepFrom(answer: Answer, keeps: Values, visitor: Visitor): string | null {
  for (const [name, pattern] of Object.entries(keeps)) {
    const read = readFrom(answer, pattern);
    if ('failure' in read) return `${read.failure} for ${name}`;
    visitor.kept = { ...visitor.kept, [name]: read.value };
  }
  return null;
}
