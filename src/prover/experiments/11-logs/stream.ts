/** The lines of the watched run, and the files that are written beside them. */
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
  const files = watched.web === null ? [] : await requestFiles((await lab.shared()).web, lab);
  // The line of the last request is written after its answer.
  await lab.pause(writtenMs);
  return seen({
    lines: watched.instances.flatMap(linesOf).sort((a, b) => a.atMs - b.atMs),
    paths: pathsOf(watched),
    opened: watched.instances.flatMap(openedBy),
    requestFiles: files,
    requestSecrets: [
      ...new Set([watched.requestSecret, ...watched.exchanges.flatMap(({ answer }) => answer.credentials)]),
    ],
  });
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
