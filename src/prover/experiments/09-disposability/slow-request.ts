/** A request that lasts until it is let go on. */

import type { Answer } from '../../lab/http.ts';
import type { Deploy, Instance, Lab } from '../../lab/lab.ts';
import type { SlowRequest } from '../../scenario/scenario.ts';
import { Unobservable } from '../../unobservable.ts';

export interface Lasting {
  readonly how: SlowRequest;
  readonly answer: Promise<Answer>;
  /** Whether it was seen to have begun, and has no answer. */
  inFlight(): boolean;
  letGo(): Promise<void>;
}

interface Place {
  readonly web: Instance;
  readonly deploy: Deploy;
  readonly lab: Lab;
}

const answerMs = 20_000;
const waitingMs = 3_000;

/** Resolves when it is on its way. @throws Unobservable */
export async function beginSlow(how: SlowRequest, place: Place): Promise<Lasting> {
  const { web, lab } = place;
  const common = await web.prepare({
    request: how.request,
    token: lab.token(),
    timeoutMs: answerMs,
    signal: lab.signal,
  });
  switch (how.by) {
    case 'itself':
      return lasting(how, { answer: web.send(common), begun: true, letGo: async () => undefined });
    case 'body': {
      const half = Promise.withResolvers<void>();
      const rest = Promise.withResolvers<void>();
      const answer = web.send({ ...common, secondHalf: rest.promise, onHalf: half.resolve });
      await Promise.race([half.promise, answer]);
      return lasting(how, { answer, begun: true, letGo: async () => rest.resolve() });
    }
    case 'lock': {
      const database = place.deploy.service('postgres') ?? place.deploy.service('mysql');
      if (database === null)
        throw new Unobservable(
          'a request is to last by a lock, and the app declares no postgres or mysql',
          'requests:\n  slow: { of: write, by: body }',
        );
      const lock = await database.lock(how.table);
      const answer = web.send(common);
      const begun = await lock.waiting(waitingMs);
      return lasting(how, { answer, begun, letGo: () => lock.release() });
    }
  }
}

function lasting(
  how: SlowRequest,
  { answer, begun, letGo }: Pick<Lasting, 'answer' | 'letGo'> & { readonly begun: boolean },
): Lasting {
  let answered = false;
  void answer.then(() => {
    answered = true;
  });
  return { how, answer, inFlight: () => begun && !answered, letGo };
}
