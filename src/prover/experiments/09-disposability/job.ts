/** A worker that is stopped in the middle of a job, and the next one, which must do it. */
import {
  type JobFacts,
  type JobStop,
  jobLines,
  jobProbes,
} from '../../../factors/09-disposability/probe-job.ts';
import { nothingToSee, type Observation, seen, unseen } from '../../../factors/law.ts';
import { runExperiment } from '../../experiment.ts';
import type { Instance, Lab } from '../../lab/lab.ts';
import { matchesPattern } from '../../scenario/pattern.ts';
import type { JobScenario } from '../../scenario/scenario.ts';
import { endWithin, graceOf } from './end.ts';

export const job = runExperiment<JobFacts>({
  factor: 'disposability',
  name: 'a worker stopped in the middle of a job',
  probes: jobProbes,
  collect,
});

/** A job is taken within this, where the worker does not tell. */
const takenMs = 1_000;
const tellsMs = 10_000;
const doneMs = 15_000;
const askEveryMs = 50;

async function collect(lab: Lab): Promise<Observation<JobFacts>> {
  const { jobs } = lab.subject.scenario;
  const types = Object.keys(lab.app.processTypes).filter((type) => type !== 'web');
  const [first] = types;
  if (first === undefined) return nothingToSee('The app has no process type beside web');
  if (jobs === null) return unseen('Nothing says how a job is enqueued and seen to be done', jobLines(first));
  const stops = await Promise.all([stopInJob('SIGTERM', { jobs, lab }), stopInJob('SIGKILL', { jobs, lab })]);
  return seen({ worker: jobs.worker, stops });
}

interface Given {
  readonly jobs: JobScenario;
  readonly lab: Lab;
}

/** In a deploy of its own, so that nobody else takes the job. */
async function stopInJob(signal: JobStop['signal'], { jobs, lab }: Given): Promise<JobStop> {
  const deploy = await lab.deploy();
  const [web, worker] = await Promise.all([deploy.up('web'), deploy.up(jobs.worker, { env: jobs.slowEnv })]);
  const asking: Asking = { web, worker, jobs, token: lab.token(), lab };
  const enqueue = await web.send({ request: jobs.enqueue, token: asking.token, signal: lab.signal });
  const takenLine = await waitUntilTaken(asking);
  const takenAtMs = lab.now();
  const doneBefore = await isDone(asking);
  const signalledAtMs = lab.now();
  worker.signal(signal);
  const waitedMs = graceOf(lab, jobs.worker);
  const ending = await endWithin(worker, waitedMs, lab);
  const successor = await deploy.up(jobs.worker);
  const doneAtMs = await waitUntilDone(asking);
  return {
    signal,
    process: worker.name,
    enqueuedAtMs: enqueue.atMs,
    enqueued: enqueue.asExpected,
    takenLine,
    takenAtMs,
    doneBefore,
    signalledAtMs,
    endedAfterMs: ending === null ? null : Math.max(0, ending.atMs - signalledAtMs),
    waitedMs,
    successor: successor.name,
    doneAtMs,
    gaveUpAtMs: lab.now(),
  };
}

interface Asking extends Given {
  readonly web: Instance;
  readonly worker: Instance;
  readonly token: string;
}

async function waitUntilTaken({ worker, jobs, token, lab }: Asking): Promise<string | null> {
  const { takenLine } = jobs;
  if (takenLine !== null) {
    const line = await worker.line((text) => matchesPattern(takenLine, token, text), tellsMs);
    return line?.text ?? null;
  }
  await lab.pause(takenMs);
  return null;
}

async function isDone({ web, jobs, token, lab }: Asking): Promise<boolean> {
  return (await web.send({ request: jobs.done, token, signal: lab.signal })).asExpected;
}

async function waitUntilDone(asking: Asking): Promise<number | null> {
  const { lab } = asking;
  const limit = lab.now() + doneMs;
  while (lab.now() < limit) {
    if (await isDone(asking)) return lab.now();
    await lab.pause(askEveryMs);
  }
  return null;
}
