/**
 * The visitor of one instance who is signed in.
 *
 * ```
 * is asked for ─► signed in? ── no ─► session.sign-up ─► session.begin, once for all who ask ─► here it is
 *                      └──────── yes ──────────────────────────────────────────────────────────►┘
 * ```
 *
 * An instance has a member of its own, so that what it does for one does not depend on what instances know of each other.
 */
import { nameOf } from '../scenario/request.ts';
import type { HttpRequest, SessionScenario } from '../scenario/scenario.ts';
import type { Answer, Send, Sending, Visitor } from './http.ts';
import { isKnown, keepFrom, newVisitor, prepareAs, sendPrepared } from './visitor.ts';

export interface Member {
  /** Who is signed in, or why nobody can. */
  signIn(signal?: AbortSignal): Promise<SignedIn>;
}

export type SignedIn = { readonly visitor: Visitor } | { readonly failure: string };

export interface MemberSpec {
  /** Null: the scenario has none. */
  readonly session: SessionScenario | null;
  /** For `{token}` in what begins the session: the same for all instances, so that they know one visitor. */
  readonly token: string;
  readonly send: Send;
}

export function openMember(spec: MemberSpec): Member {
  let visitor = newVisitor();
  let signing: Promise<SignedIn> | null = null;
  const begin = async (signal: AbortSignal | undefined): Promise<SignedIn> => {
    const signed = await begun(spec, signal);
    if ('visitor' in signed) visitor = signed.visitor;
    return signed;
  };
  return {
    signIn: async (signal) => {
      // An app that took the last cookie away has signed the visitor out.
      if (signing === null && isKnown(visitor)) return { visitor };
      signing ??= begin(signal).finally(() => {
        signing = null;
      });
      return signing;
    },
  };
}

async function begun(
  { session, token, send }: MemberSpec,
  signal: AbortSignal | undefined,
): Promise<SignedIn> {
  if (session === null) return { failure: 'the scenario has no session' };
  const ask = (visitor: Visitor, request: HttpRequest): Promise<Came> =>
    outcomeOf({ request, token, visitor, ...(signal === undefined ? {} : { signal }) }, send);
  // Whoever is there already is not made again, and signs in all the same.
  const made = session.signUp === null ? null : await ask(newVisitor(), session.signUp);
  const visitor = newVisitor();
  const { answer, said } = await ask(visitor, session.begin);
  const before = made === null || made.answer?.asExpected === true ? '' : `, after ${made.said}`;
  if (answer?.asExpected !== true) return { failure: `${said}${before}` };
  const unkept = keepFrom(answer, session.keeps, visitor);
  if (unkept !== null) return { failure: `${nameOf(session.begin)} ${unkept}` };
  return isKnown(visitor)
    ? { visitor }
    : { failure: `${said} and set no cookie, and session.keeps takes nothing from it` };
}

interface Came {
  /** Null: it could not be sent. */
  readonly answer: Answer | null;
  /** A clause: `POST /login answered 500`. */
  readonly said: string;
}

async function outcomeOf(sending: Sending & { readonly visitor: Visitor }, send: Send): Promise<Came> {
  const prepared = await prepareAs(sending.visitor, sending, send);
  if ('failure' in prepared) return { answer: null, said: prepared.failure };
  const answer = await sendPrepared(prepared.sending, send);
  return { answer, said: `${nameOf(sending.request)} ${saidOf(answer)}` };
}

function saidOf({ status, failure, asExpected }: Answer): string {
  if (status === null) return `got no answer: ${failure}`;
  return status < 400 && !asExpected ? `answered ${status}, not as the scenario says` : `answered ${status}`;
}
