/**
 * `dozen check`, put together:
 *
 * ```
 * clean tree of the commit ─► source experiments ─► say what will run ─► build ─► chamber: run experiments ─► report
 * ```
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DozenError, userError } from '../base/error.ts';
import { type Factor, factors } from '../factors/law.ts';
import { runInChamber } from './chamber/chamber.ts';
import type { ChamberJob, ChamberMessage } from './chamber/job.ts';
import type { Check, CheckRequest } from './check.ts';
import { type BuildExperiment, type Experiment, type RunExperiment, whyNotBuilt } from './experiment.ts';
import { buildExperiments, experiments, runExperiments, sourceExperiments } from './experiments.ts';
import { memoryLimitOf } from './memory-limit.ts';
import { type OpenSubject, openSubject } from './open-subject.ts';
import { planFor } from './plan.ts';
import { findMariadb, findProgram, findRabbitmq } from './programs.ts';
import { Record } from './record.ts';
import { textOf } from './scenario/app-tree.ts';
import { declaredIn } from './scenario/declares.ts';
import { type KnownApp, knownApp, type Looks, unseenRoutes } from './scenario/known-app.ts';
import { routesOf } from './source/reading.ts';
import type { BuildAttempt, BuiltApp } from './subject.ts';
import { Unobservable } from './unobservable.ts';
import { makeWorkFolder } from './work-folder.ts';
import { type BuildShop, openBuildShop, userOfApp } from './workshop.ts';

export const check: Check = async (request) => {
  const limit = AbortSignal.timeout(request.timeoutMs);
  const signal = AbortSignal.any([request.signal, limit]);
  const memoryLimit = memoryLimitOf(process.env);
  const work = makeWorkFolder();
  const record = new Record(request, work.path);
  try {
    record.stage('reading the source');
    const probes = experiments.flatMap((experiment) => experiment.probes.map(({ id }) => id));
    const opened = await openSubject(path.resolve(request.folder), {
      work: work.path,
      scenarioFile: request.scenarioFile,
      probes,
      signal,
    });
    record.accept(opened.subject.scenario.accept);
    try {
      const going: Going = { ...opened, request, record, work: work.path, memoryLimit, signal, limit };
      await readSource(going);
      if (!request.static) await runApp(going);
      return record.report({ ...opened, dozen: version(), known: await knownOf(going) });
    } finally {
      opened.snapshot.close();
    }
  } catch (error) {
    request.signal.throwIfAborted();
    throw limit.aborted ? tooLate(request) : error;
  } finally {
    work.remove();
  }
};

/** Reading routes for lines that are shown may take this long. */
const routesMs = 10_000;

/** What the lines that would prove something are made of. */
async function knownOf(going: Going): Promise<KnownApp> {
  const { record, subject, said } = going;
  const seen = record.asksForLines ? await seenOf(going) : unseenRoutes;
  return knownApp({ seen, declares: declaredIn(textOf(subject.tree, 'app.json')), said });
}

async function seenOf({ request, record, subject }: Going): Promise<Looks['seen']> {
  const limit = AbortSignal.timeout(routesMs);
  try {
    return await routesOf(subject, AbortSignal.any([request.signal, limit]));
  } catch (error) {
    if (!limit.aborted && !(error instanceof Unobservable)) throw error;
    request.signal.throwIfAborted();
    record.note('The lines that would prove something are examples: the routes of the app could not be read');
    return unseenRoutes;
  }
}

interface Going extends OpenSubject {
  readonly request: CheckRequest;
  readonly record: Record;
  readonly work: string;
  /** Bytes. */
  readonly memoryLimit: number;
  readonly signal: AbortSignal;
  /** The time of the whole check. */
  readonly limit: AbortSignal;
}

function wanted<E extends Experiment>(list: readonly E[], { factors: asked }: CheckRequest): readonly E[] {
  return list.filter(({ factor }) => asked === null || asked.includes(factor));
}

async function readSource({ request, record, subject, signal }: Going): Promise<void> {
  for (const experiment of wanted(sourceExperiments, request))
    await record.carryOut(experiment, { run: () => experiment.run(subject, signal), signal });
}

/** What needs a build, and what needs the app to run. Experiments that it did not come to are unproven, with the reason. */
async function runApp(going: Going): Promise<void> {
  const { request, record, subject, failure } = going;
  const onBuild = wanted(buildExperiments, request);
  const onRun = wanted(runExperiments, request);
  if (onBuild.length + onRun.length === 0) return;
  if (failure !== null) return record.skip([...onBuild, ...onRun], failure.message);
  if (!(await request.confirm(planFor(subject)))) throw refused();
  try {
    await buildAndRun(going, { onBuild, onRun });
  } catch (error) {
    const why = whyNot(error, going);
    if (why === null) throw error;
    record.note(`Not every experiment was made: ${why}`);
    record.skip([...onBuild, ...onRun], why);
  }
}

/** Of what this machine lacks, and of time that was over. Null: the check cannot go on. */
function whyNot(error: unknown, { request, limit }: Going): string | null {
  if (request.signal.aborted) return null;
  if (limit.aborted) return `the check was stopped after ${request.timeoutMs / 1000} s`;
  const machine = ['CHAMBER_REFUSED', 'CHAMBER_LOST', 'ISOLATION_REFUSED'];
  return error instanceof DozenError && machine.includes(error.code) ? error.message : null;
}

interface Making {
  readonly onBuild: readonly BuildExperiment[];
  readonly onRun: readonly RunExperiment[];
}

async function buildAndRun(going: Going, { onBuild, onRun }: Making): Promise<void> {
  const { record, subject, signal } = going;
  record.stage('building');
  const shop = await openBuildShop(going.work);
  const attempt = await build(shop, going);
  for (const experiment of onBuild)
    await record.carryOut(experiment, { run: () => experiment.run(attempt, subject), signal });
  if (onRun.length === 0) return;
  if (attempt.ok) await inChamber({ ...going, shop, attempt });
  else record.skip(onRun, whyNotBuilt(attempt));
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

async function inChamber(entering: Entering): Promise<void> {
  const { record, signal } = entering;
  record.stage('running the app');
  const onMessage = (message: ChamberMessage): void => {
    if ('event' in message) record.hear(message.event);
    else if ('note' in message) record.note(message.note);
  };
  await runInChamber(await jobFor(entering), { onMessage, signal });
}

async function jobFor({
  shop,
  attempt,
  record,
  request,
  subject,
  secrets,
  work,
  memoryLimit,
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
      postgres: wantsPostgres(attempt.app) ? await shop.postgres() : null,
      redis: findProgram('redis-server'),
      mariadb: findMariadb(),
      nats: findProgram('nats-server'),
      rabbitmq: findRabbitmq(),
    },
    cluster: shop.cluster,
    beganAt: record.beganAt,
    memoryLimit,
    timeoutMs: Math.max(1000, request.timeoutMs - record.now() - 2000),
  };
}

function tooLate({ timeoutMs }: CheckRequest): Error {
  return userError(
    'CHECK_TIMED_OUT',
    `Cannot read the source: ${timeoutMs / 1000} s were over before it was read`,
    {
      hint: `Give it longer: dozen check --timeout ${Math.ceil(timeoutMs / 1000) * 2}`,
    },
  );
}

function wantsPostgres({ appJson }: BuiltApp): boolean {
  return appJson?.services.some(({ kind }) => kind === 'postgres') === true;
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
