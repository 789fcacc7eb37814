/** Sends requests to one instance, each as the visitor that it needs: the one that is given, the instance's member, or a stranger. */
import type { Answer, Sending } from './http.ts';
import { type MemberSpec, openMember } from './member.ts';
import { newVisitor, type Prepared, prepareAs, sendPrepared } from './visitor.ts';

export interface Sender {
  /** Where it cannot be sent, nothing is, and the answer says why. */
  send(sending: Sending): Promise<Answer>;
  /** Signs in and takes what it takes: all that comes before it. */
  prepare(sending: Sending): Promise<Prepared>;
}

export function openSender({ now, ...spec }: MemberSpec & { readonly now: () => number }): Sender {
  const member = openMember(spec);
  const prepare: Sender['prepare'] = async (sending) => {
    const { visitor, request, signal } = sending;
    if (visitor !== undefined) return prepareAs(visitor, sending, spec.send);
    if (request.signedIn) {
      const signed = await member.signIn(signal);
      if ('failure' in signed) return { failure: `cannot sign in: ${signed.failure}` };
      return prepareAs(signed.visitor, sending, spec.send);
    }
    return request.takes.length === 0 ? { sending } : prepareAs(newVisitor(), sending, spec.send);
  };
  return {
    prepare,
    send: async (sending) => {
      const prepared = await prepare(sending);
      return 'failure' in prepared
        ? unsent(prepared.failure, now())
        : sendPrepared(prepared.sending, spec.send);
    },
  };
}

function unsent(failure: string, atMs: number): Answer {
  return {
    sentAt: atMs,
    atMs,
    sent: false,
    credentials: [],
    status: null,
    headers: {},
    body: '',
    failure,
    asExpected: false,
  };
}
