/** Jobs for three workers of one deploy: one alone, to know how long a job takes, then the others together. */

import type { DoneLine, Exchanged, Job, JobFacts } from '../../../factors/08-concurrency/probe-jobs.ts';
import { type Observation, seen } from '../../../factors/law.ts';
import type { Answer } from '../../lab/http.ts';
import type { Instance, Lab } from '../../lab/lab.ts';
import { matchesPattern } from '../../scenario/pattern.ts';
import type { HttpRequest, JobScenario } from '../../scenario/scenario.ts';

const workerCount = 3;
const mostTogether = 7;
const leastTogether = 2;
/** Long jobs are fewer, so that they are done within this when they are shared out. */
const togetherMs = 20_000;
const firstWithinMs = 20_000;
const leastWithinMs = 10_000;
const mostWithinMs = 40_000;
const askEveryMs = 100;
/** What a second worker has to say of a job that another has done comes within this. */
const afterwardsMs = 500;
const stopWithinMs = 5_000;
const lineShown = 300;

export async function collectJobs(lab: Lab): Promise<Observation<JobFacts>> {
  const { jobs } = lab.subject.scenario;
  const types = Object.keys(lab.app.processTypes).filter((type) => type !== 'web');
  if (jobs === null) return seen({ kind: 'untold', types });
  const deploy = await lab.deploy();
  const [web, ...beside] = await Promise.all([
    deploy.up('web'),
    ...Array.from({ length: jobs.worker === 'web' ? workerCount - 1 : workerCount }, () =>
      deploy.up(jobs.worker),
    ),
  ]);
  const workers = jobs.worker === 'web' ? [web, ...beside] : beside;

  const first = await doJob(lab, { web, jobs, withinMs: firstWithinMs });
  const others =
    first.job.done?.asExpected === true ? await doOthers(lab, { web, jobs, first: first.job }) : null;
  const all = [first, ...(others?.done ?? [])];
  await settle(lab, workers);
  return seen({
    kind: 'run',
    run: {
      type: jobs.worker,
      workers: workers.map(({ name }) => name),
      jobs: all.map(({ job }) => job),
      lines: doneLines(workers, { jobs, tokens: all.map(({ token }) => token) }),
      wait: others?.wait ?? null,
    },
  });
}

interface Working {
  readonly web: Instance;
  readonly jobs: JobScenario;
}

interface DoneJob {
  readonly token: string;
  readonly job: Job;
}

async function doOthers(lab: Lab, { web, jobs, first }: Working & { readonly first: Job }) {
  const took = (first.done?.atMs ?? 0) - first.enqueue.sentAt;
  const count = Math.min(mostTogether, Math.max(leastTogether, Math.floor(togetherMs / took)));
  const long = took * count * 2;
  const ms = Math.min(mostWithinMs, Math.max(leastWithinMs, long));
  const done = await Promise.all(
    Array.from({ length: count }, () => doJob(lab, { web, jobs, withinMs: ms })),
  );
  return { wait: { ms, isLong: ms >= long }, done };
}

async function doJob(
  lab: Lab,
  { web, jobs, withinMs }: Working & { readonly withinMs: number },
): Promise<DoneJob> {
  const token = lab.token();
  const ask = async (request: HttpRequest): Promise<Exchanged> =>
    exchanged(web, request, await web.send({ request, token, signal: lab.signal }));
  const enqueue = await ask(jobs.enqueue);
  if (!enqueue.asExpected) return { token, job: { enqueue, done: null } };
  const limit = lab.now() + withinMs;
  for (;;) {
    const done = await ask(jobs.done);
    if (done.asExpected || lab.now() > limit) return { token, job: { enqueue, done } };
    await lab.pause(askEveryMs);
  }
}

function exchanged(
  { name }: Instance,
  { method, path }: HttpRequest,
  { sentAt, atMs, status, failure, asExpected }: Answer,
): Exchanged {
  return {
    process: name,
    sentAt,
    atMs,
    request: `${method} ${path}`,
    came: failure ?? String(status),
    asExpected,
  };
}

/** Workers that are told to stop finish what they have, and have printed all when they are gone. */
async function settle(lab: Lab, workers: readonly Instance[]): Promise<void> {
  await lab.pause(afterwardsMs);
  await Promise.all(workers.map((worker) => worker.stop(stopWithinMs)));
}

function doneLines(
  workers: readonly Instance[],
  { jobs: { doneLine }, tokens }: { readonly jobs: JobScenario; readonly tokens: readonly string[] },
): readonly DoneLine[] | null {
  if (doneLine === null) return null;
  const ofAny = doneLine.includes('{token}') ? tokens : [''];
  return workers
    .flatMap((worker) => worker.output().map(({ atMs, text }) => ({ process: worker.name, atMs, text })))
    .filter(({ text }) => ofAny.some((token) => matchesPattern(doneLine, token, text)))
    .map(({ text, ...line }) => ({ ...line, text: text.slice(0, lineShown), job: jobIn(text, tokens) }))
    .sort((a, b) => a.atMs - b.atMs);
}

function jobIn(text: string, tokens: readonly string[]): number | null {
  const at = tokens.findIndex((token) => text.includes(token));
  return at < 0 ? null : at;
}
