/** Three requests, and the lines that follow them. */
import {
  type RequestEvent,
  type RequestEventFacts,
  requestEventProbes,
} from '../../../factors/11-logs/probe-events.ts';
import { nothingToSee, type Observation, seen } from '../../../factors/law.ts';
import { runExperiment } from '../../experiment.ts';
import type { Instance, Lab } from '../../lab/lab.ts';
import { untilQuiet } from '../../lab/quiet.ts';
import { rootRequest } from '../../lab/watched.ts';

export const events = runExperiment<RequestEventFacts>({
  factor: 'logs',
  name: 'a log line for each request',
  probes: requestEventProbes,
  collect,
});

const limitMs = 1_000;
const stopMs = 15_000;

async function collect(lab: Lab): Promise<Observation<RequestEventFacts>> {
  if (lab.app.processTypes.web === undefined) return nothingToSee('The app has no web process');
  const { deploy, web } = await lab.shared();
  const requests = await askAll(web, lab);
  if (requests.every(({ line, status }) => line !== null || status === null))
    return seen({ requests, limitMs });
  return seen({ requests: await askAndStop(await deploy.up('web'), lab), limitMs });
}

interface Asked extends RequestEvent {
  /** Whether a line is about this request. */
  readonly names: (text: string) => boolean;
}

/** The root, and two places that no app has. */
async function askAll(web: Instance, lab: Lab): Promise<readonly Asked[]> {
  await untilQuiet([web], lab);
  const asked = [await ask(web, { path: '/', names: namesRoot, lab })];
  for (const token of [lab.token(), lab.token()]) {
    const path = `/dozen-check-${token}`;
    asked.push(await ask(web, { path, names: (text) => text.includes(token), lab }));
  }
  return asked;
}

function namesRoot(text: string): boolean {
  return /(^|["'\s=])\/(\?|["'\s]|$)/.test(text);
}

interface Asking extends Pick<Asked, 'names'> {
  readonly path: string;
  readonly lab: Lab;
}

async function ask(web: Instance, { path, names, lab }: Asking): Promise<Asked> {
  const before = web.output().length;
  const answer = await web.send({ request: { ...rootRequest, path }, signal: lab.signal });
  let at = 0;
  const line = await web.line(() => {
    at += 1;
    return at > before;
  }, limitMs);
  const { atMs: answeredAtMs, status } = answer;
  return { process: web.name, request: `GET ${path}`, answeredAtMs, status, line, lateLine: null, names };
}

/** Where no line comes in time, what comes when the process is stopped. */
async function askAndStop(web: Instance, lab: Lab): Promise<readonly RequestEvent[]> {
  const asked = await askAll(web, lab);
  const before = web.output().length;
  await web.stop(stopMs);
  const late = web.output().slice(before);
  return asked.map(({ names, ...each }) => ({
    ...each,
    lateLine: each.line === null ? (late.find(({ text }) => names(text)) ?? null) : null,
  }));
}
