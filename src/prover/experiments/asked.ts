/** A request of an experiment, as a probe is told of it. */
import type { Asked } from '../../factors/06-processes/probe-asked.ts';
import type { Answer, Sending } from '../lab/http.ts';
import type { Instance } from '../lab/lab.ts';
import { nameOf } from '../scenario/request.ts';

/** Of a body: what fits on a screen. */
const bodyShown = 300;

export interface Answered {
  readonly asked: Asked;
  readonly answer: Answer;
}

export async function ask(instance: Instance, sending: Sending): Promise<Answered> {
  const answer = await instance.send(sending);
  const { atMs, status, failure, asExpected, body } = answer;
  const asked: Asked = {
    process: instance.name,
    atMs,
    request: nameOf(sending.request),
    status,
    failure,
    asExpected,
    body: body.slice(0, bodyShown),
  };
  return { asked, answer };
}
