/**
 * `dozen check`, put together:
 *
 * ```
 * clean tree of the commit ─► source experiments ─► say what will run ─► build ─► chamber: run experiments ─► report
 * ```
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { asDozenError, DozenError, userError } from '../base/error.ts';
import { type Factor, factors } from '../factors/law.ts';
import { runInChamber } from './chamber/chamber.ts';
import type { ChamberJob, ChamberMessage } from './chamber/job.ts';
import type { Check, CheckRequest } from './check.ts';
import type { Experiment, RunExperiment } from './experiment.ts';
import { buildExperiments, experiments, runExperiments, sourceExperiments } from './experiments.ts';
import { type OpenSubject, openSubject } from './open-subject.ts';
import { planFor } from './plan.ts';
import { findProgram } from './programs.ts';
import { Record } from './record.ts';
import type { BuildAttempt } from './subject.ts';
import { makeWorkFolder } from './work-folder.ts';
import { type BuildShop, openBuildShop, userOfApp } from './workshop.ts';

export const check: Check = async (request) => {
  const limit = AbortSignal.timeout(request.timeoutMs);
  const signal = AbortSignal.any([request.signal, limit]);
  const work = makeWorkFolder();
  try {
    const record = new Record(request);
    record.stage('reading the source');
    const probes = experiments.flatMap((experiment) => experiment.probes.map(({ id }) => id));
    const opened = await openSubject(path.resolve(request.folder), {
      work: work.path,
      scenarioFile: request.scenarioFile,
      probes,
      signal,
    });
    try {
      const going: Going = { ...opened, request, record, work: work.path, signal, limit };
      await readSource(going);
      if (!request.static) await runApp(going);
      return record.report({ ...opened, dozen: version() });
    } finally {
      opened.snapshot.close();
    }
  } finally {
    work.remove();
  }
};

interface Going extends OpenSubject {
  readonly request: CheckRequest;
  readonly record: Record;
  readonly work: string;
  readonly signal: AbortSignal;
  /** The time of the whole check. */
  readonly limit: AbortSignal;
}

function wanted<E extends Experiment>(list: readonly E[], { factors: asked }: CheckRequest): readonly E[] {
  return list.filter(({ factor }) => asked === null || asked.includes(factor));
}

async function readSource({ request, record, subject, signal }: Going): Promise<void> {
  for (const experiment of wanted(sourceExperiments, request))
    await record.carryOut(experiment, () => experiment.run(subject, signal));
}

/** What needs a build, and what needs the app to run. */
async function runApp(going: Going): Promise<void> {
  const { request, record, subject, signal } = going;
  const onBuild = wanted(buildExperiments, request);
  const onRun = wanted(runExperiments, request);
  if (onBuild.length + onRun.length === 0) return;
  if (!(await request.confirm(planFor(subject)))) throw refused();
  record.stage('building');
  const shop = await openBuildShop(going.work);
  const attempt = await build(shop, going);
  for (const experiment of onBuild) await record.carryOut(experiment, () => experiment.run(attempt, subject));
  if (onRun.length === 0) return;
  if (attempt.ok) await inChamber(onRun, { ...going, shop, attempt });
  else record.skip(onRun, `the app does not build: ${attempt.message}`);
  signal.throwIfAborted();
}

function build(shop: BuildShop, { request, record, snapshot, signal }: Going): Promise<BuildAttempt> {
  return shop.build(snapshot, {
    twice: request.factors === null || request.factors.includes('build-release-run'),
    onOutput: (text) => request.onEvent({ kind: 'build-output', text }),
    now: record.now,
    signal,
  });
}

interface Entering extends Going {
  readonly shop: BuildShop;
  readonly attempt: BuildAttempt & { readonly ok: true };
}

/** Experiments that the chamber did not come to are unproven, with the reason. */
async function inChamber(onRun: readonly RunExperiment[], entering: Entering): Promise<void> {
  const { record, request, signal, limit } = entering;
  record.stage('running the app');
  const onMessage = (message: ChamberMessage): void => {
    if ('event' in message) record.hear(message.event);
    else if ('note' in message) record.note(message.note);
  };
  try {
    await runInChamber(await jobFor(entering), { onMessage, signal });
  } catch (error) {
    if (request.signal.aborted) throw error;
    const why = limit.aborted
      ? `the check was stopped after ${request.timeoutMs / 1000} s`
      : asDozenError(error).message;
    if (!limit.aborted && !(error instanceof DozenError)) throw error;
    record.note(`Not every experiment was made: ${why}`);
    record.skip(onRun, why);
  }
}

async function jobFor({
  shop,
  attempt,
  record,
  request,
  subject,
  secrets,
  work,
}: Entering): Promise<ChamberJob> {
  const wantedFactors: readonly Factor[] = request.factors ?? factors;
  return {
    subject,
    app: attempt.app,
    factors: wantedFactors,
    folder: path.join(work, 'chamber'),
    user: userOfApp(),
    secrets,
    programs: {
      bwrap: findProgram('bwrap'),
      strace: findProgram('strace'),
      postgres: await shop.postgres(),
      redis: findProgram('redis-server'),
    },
    beganAt: record.beganAt,
    timeoutMs: Math.max(1000, request.timeoutMs - record.now() - 2000),
  };
}

function refused(): Error {
  return userError('CHECK_REFUSED', 'Cannot check by running: you said no', {
    hint: 'Read the source alone: dozen check --static',
  });
}

function version(): string {
  const manifest = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8'));
  return String(manifest.version);
}
