/**
 * The visitor of one instance who is signed in.
 *
 * ```
 * a request that needs it ─► signed in? ── no ─► session.begin, once for all that wait ─► the request, with the cookies
 *                                 └────── yes ───────────────────────────────────────────►┘
 * ```
 *
 * An instance has a member of its own, so that what it does for one does not depend on what instances know of each other.
 */
import { nameOf } from '../scenario/request.ts';
import type { SessionScenario } from '../scenario/scenario.ts';
import type { Answer, Send, Sending, Visitor } from './http.ts';
import { newVisitor, sendAs } from './visitor.ts';

export interface Member {
  /** Sends it signed in. Where that cannot be, nothing is sent, and the answer says why. */
  send(sending: Sending): Promise<Answer>;
  /** Why it cannot; null: it is signed in. */
  signIn(signal?: AbortSignal): Promise<string | null>;
}

export interface MemberSpec {
  /** Null: the scenario has none. */
  readonly session: SessionScenario | null;
  /** For `{token}` in what begins the session: the same for all instances, so that they know one visitor. */
  readonly token: string;
  readonly send: Send;
  readonly now: () => number;
}

export function openMember(spec: MemberSpec): Member {
  let visitor: Visitor = newVisitor();
  let signing: Promise<string | null> | null = null;
  const begin = async (signal: AbortSignal | undefined): Promise<string | null> => {
    const signed = await begun(spec, signal);
    if ('failure' in signed) return signed.failure;
    visitor = signed.visitor;
    return null;
  };
  const signIn: Member['signIn'] = async (signal) => {
    // An app that took the last cookie away has signed the visitor out.
    if (signing === null && visitor.cookies.size > 0) return null;
    signing ??= begin(signal).finally(() => {
      signing = null;
    });
    return signing;
  };
  return {
    signIn,
    send: async (sending) => {
      const failure = await signIn(sending.signal);
      return failure === null
        ? sendAs(visitor, sending, spec.send)
        : unsent(`cannot sign in: ${failure}`, spec.now());
    },
  };
}

type Begun = { readonly visitor: Visitor } | { readonly failure: string };

async function begun({ session, token, send }: MemberSpec, signal: AbortSignal | undefined): Promise<Begun> {
  if (session === null) return { failure: 'the scenario has no session' };
  const visitor = newVisitor();
  const sending = { request: session.begin, token, ...(signal === undefined ? {} : { signal }) };
  const answer = await sendAs(visitor, sending, send);
  const answered = `${nameOf(session.begin)} ${saidOf(answer)}`;
  if (!answer.asExpected) return { failure: answered };
  return visitor.cookies.size === 0 ? { failure: `${answered} and set no cookie` } : { visitor };
}

function saidOf({ status, failure, asExpected }: Answer): string {
  if (status === null) return `got no answer: ${failure}`;
  return status < 400 && !asExpected ? `answered ${status}, not as the scenario says` : `answered ${status}`;
}

function unsent(failure: string, atMs: number): Answer {
  return {
    sentAt: atMs,
    atMs,
    sent: false,
    status: null,
    headers: {},
    body: '',
    failure,
    asExpected: false,
  };
}
