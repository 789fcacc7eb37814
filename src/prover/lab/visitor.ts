/** Somebody who sends requests to an app: keeps the cookies that answers set, and sends them back. */
import { cookiesAfter, withCookies } from './cookies.ts';
import type { Answer, Send, Sending, Visitor } from './http.ts';

export function newVisitor(): Visitor {
  return { cookies: new Map() };
}

/** Sends it as the visitor does. */
export async function sendAs(visitor: Visitor, sending: Sending, send: Send): Promise<Answer> {
  const { request, headers, ...rest } = sending;
  const all = withCookies({ ...request.headers, ...headers }, visitor.cookies);
  const answer = await send({ ...rest, request: { ...request, headers: all } });
  visitor.cookies = cookiesAfter(visitor.cookies, answer);
  return answer;
}
