/** Processes of a deploy, and requests to its web, as the experiments with services make them. */
import type { Asked } from '../../factors/04-backing-services/probe-attached.ts';
import type { Deploy, Instance, Lab, StartOptions } from '../lab/lab.ts';
import { rootRequest } from '../lab/watched.ts';
import type { HttpRequest } from '../scenario/scenario.ts';

const answerMs = 6_000;

export async function ask(web: Instance, request: HttpRequest, token: string): Promise<Asked> {
  const { status, failure, atMs, asExpected } = await web.send({ request, token, timeoutMs: answerMs });
  return {
    request: `${request.method} ${request.path}`,
    atMs,
    answer: failure ?? String(status),
    asExpected,
  };
}

export function cheapOf({ subject }: Lab): HttpRequest {
  return subject.scenario.requests.cheap ?? rootRequest;
}

/** Every process type once, `web` first. */
export function startAll(lab: Lab, deploy: Deploy, options: StartOptions = {}): Promise<readonly Instance[]> {
  const others = Object.keys(lab.app.processTypes).filter((type) => type !== 'web');
  return Promise.all(['web', ...others].map((type) => deploy.start(type, options)));
}
