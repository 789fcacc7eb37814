/** The lines of the watched run, and the files that are written beside them. */
import type { SentField } from '../../../factors/11-logs/probe-sent.ts';
import {
  type LoggedLine,
  type OpenedFile,
  type RequestFile,
  type StreamFacts,
  streamProbes,
} from '../../../factors/11-logs/probe-stream.ts';
import { nothingToSee, type Observation, seen } from '../../../factors/law.ts';
import { runExperiment } from '../../experiment.ts';
import type { Instance, Lab, Watched, WatchedInstance } from '../../lab/lab.ts';
import { rootRequest } from '../../lab/watched.ts';
import { fillIn } from '../../scenario/fill.ts';
import type { HttpRequest } from '../../scenario/scenario.ts';
import { secretFieldsOf } from './secret-fields.ts';
import { linesWith } from './written-lines.ts';

export const stream = runExperiment<StreamFacts>({
  factor: 'logs',
  name: 'log lines, and files that are written',
  probes: streamProbes,
  collect,
});

async function collect(lab: Lab): Promise<Observation<StreamFacts>> {
  if (Object.keys(lab.app.processTypes).length === 0) return nothingToSee('The app has no process type');
  const watched = await lab.watched();
  const shared = watched.web === null ? null : await lookAtShared((await lab.shared()).web, lab);
  // The line of the last request is written after its answer.
  await lab.pause(writtenMs);
  return seen({
    lines: watched.instances.flatMap(linesOf).sort((a, b) => a.atMs - b.atMs),
    furtherLines: shared?.lines() ?? [],
    paths: pathsOf(watched),
    opened: watched.instances.flatMap(openedBy),
    requestFiles: shared?.files ?? [],
    requestSecrets: [
      ...new Set([watched.requestSecret, ...watched.exchanges.flatMap(({ answer }) => answer.credentials)]),
    ],
    secretFields: [
      ...(shared?.planted ?? []),
      ...fieldsSent(lab, { watched, signedIn: shared?.signedIn ?? false }),
    ],
  });
}

interface Shared {
  /** So far. */
  readonly lines: () => readonly LoggedLine[];
  readonly files: readonly RequestFile[];
  /** It was sent them in bodies. */
  readonly planted: readonly SentField[];
  readonly signedIn: boolean;
}

async function lookAtShared(web: Instance, lab: Lab): Promise<Shared> {
  const files = await requestFiles(web, lab);
  const planted = await sendPasswords(web, lab);
  const readiness = await web.ready;
  const signedIn = lab.subject.scenario.session !== null && (await signIn(web, lab));
  return { lines: () => linesOf({ instance: web, readiness }), files, planted, signedIn };
}

/** As GET, which changes nothing, to paths that no app has: what reads every body may log it. */
async function sendPasswords(web: Instance, lab: Lab): Promise<readonly SentField[]> {
  const password = `secret${lab.token()}`;
  const bodies = [
    ['application/x-www-form-urlencoded', `password=${password}`],
    ['application/json', JSON.stringify({ password })],
  ] as const;
  for (const [type, body] of bodies) {
    const path = `/dozen-check-${lab.token()}`;
    const request = { ...rootRequest, path, headers: { 'content-type': type }, body };
    await web.send({ request, signal: lab.signal });
  }
  return [{ name: 'password', value: password, distinct: true }];
}

/** At this process, now or before. */
async function signIn(web: Instance, lab: Lab): Promise<boolean> {
  const { sent } = await web.send({ request: { ...rootRequest, signedIn: true }, signal: lab.signal });
  return sent;
}

function fieldsSent(
  { memberToken, subject }: Lab,
  { watched, signedIn }: { readonly watched: Watched; readonly signedIn: boolean },
): readonly SentField[] {
  const { session } = subject.scenario;
  const ofSession = (requests: readonly (HttpRequest | null | undefined)[]): readonly HttpRequest[] =>
    requests.flatMap((request) => (request ? [fillIn(request, { token: memberToken })] : []));
  const exchanges = watched.exchanges
    .filter(({ answer }) => answer.sent)
    .map(({ request }) => fillIn(request, { token: watched.token }));
  const begins = ofSession([session?.signUp, session?.begin]);
  const sent = [...(signedIn ? begins : []), ...exchanges];
  return secretFieldsOf(sent, [...exchanges, ...begins, ...ofSession([session?.check])]);
}

/** Since it was ready: what npm and a runtime say of themselves comes before. */
function linesOf({ instance, readiness }: WatchedInstance): readonly LoggedLine[] {
  if (!readiness.ready) return [];
  const readyAt = instance.startedAt + readiness.tookMs;
  return instance
    .output()
    .filter(({ atMs }) => atMs >= readyAt)
    .map(({ atMs, text }) => ({ process: instance.name, atMs, text }));
}

function pathsOf({ exchanges, token }: Watched): readonly string[] {
  const sent = exchanges.filter(({ answer }) => answer.sent);
  const paths = sent.map(({ request }) => fillIn(request, { token }).path.split('?', 1).join());
  return [...new Set(paths)];
}

function openedBy({ instance }: WatchedInstance): readonly OpenedFile[] {
  const seenPaths = new Set<string>();
  return instance.trace().flatMap((call) => {
    if (call.kind !== 'open' || !call.writes || /^\/(dev|proc)\//.test(call.path)) return [];
    if (seenPaths.has(call.path)) return [];
    seenPaths.add(call.path);
    return [{ process: instance.name, atMs: call.atMs, path: call.path }];
  });
}

const count = 3;
/** What is written after an answer is there within this. */
const writtenMs = 300;

/** Requests to places that no app has: a file that names them is a log, whatever it is called. */
async function requestFiles(web: Instance, lab: Lab): Promise<readonly RequestFile[]> {
  const tokens = Array.from({ length: count }, () => lab.token());
  for (const token of tokens)
    await web.send({ request: { ...rootRequest, path: `/dozen-check-${token}` }, signal: lab.signal });
  await lab.pause(writtenMs);
  const atMs = lab.now();
  return linesWith(tokens, web).map((found) => ({ process: web.name, atMs, ...found }));
}
