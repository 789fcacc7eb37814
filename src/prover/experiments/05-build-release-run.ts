/** Build, release, run: what is declared, a build made twice, code that cannot be written to, and what a start does. */
import { buildsReproducibly, type TwoBuildsFacts } from '../../factors/05-build-release-run/probe-build.ts';
import { declaresHowItIsRun } from '../../factors/05-build-release-run/probe-declared.ts';
import { runsFromReadOnlyCode } from '../../factors/05-build-release-run/probe-read-only.ts';
import { buildsNothingAtStart, type StartFacts } from '../../factors/05-build-release-run/probe-start.ts';
import { type Observation, seen, unseen } from '../../factors/law.ts';
import {
  buildExperiment,
  type Experiment,
  runExperiment,
  sourceExperiment,
  whyNotBuilt,
} from '../experiment.ts';
import type { Lab, WatchedInstance } from '../lab/lab.ts';
import { startedPrograms } from '../lab/started-programs.ts';
import { runDeclarationIn } from './05-build-release-run/declaration.ts';
import { runReadOnly } from './05-build-release-run/read-only.ts';

const declaration = sourceExperiment({
  factor: 'build-release-run',
  name: 'the Procfile, or what stands for it',
  probes: [declaresHowItIsRun],
  collect: async ({ tree }) => seen(runDeclarationIn(tree)),
});

const twoBuilds = buildExperiment<TwoBuildsFacts>({
  factor: 'build-release-run',
  name: 'the same commit built twice',
  probes: [buildsReproducibly],
  collect: async (attempt) =>
    attempt.ok ? seen({ digest: attempt.app.digest, again: attempt.again }) : unseen(whyNotBuilt(attempt)),
});

const readOnly = runExperiment({
  factor: 'build-release-run',
  name: 'a run from read-only code',
  probes: [runsFromReadOnlyCode],
  collect: async (lab) => seen(await runReadOnly(lab)),
});

const start = runExperiment<StartFacts>({
  factor: 'build-release-run',
  name: 'programs and files of a start',
  probes: [buildsNothingAtStart],
  collect: lookAtStart,
});

export const experiments: readonly Experiment[] = [declaration, twoBuilds, readOnly, start];

async function lookAtStart(lab: Lab): Promise<Observation<StartFacts>> {
  const { instances } = await lab.watched();
  const failed = instances.find(({ readiness }) => !readiness.ready);
  return seen({
    ready: instances.filter(({ readiness }) => readiness.ready).map(({ instance }) => instance.name),
    failure: failed?.readiness.ready === false ? `${failed.instance.name}: ${failed.readiness.why}` : null,
    started: instances.flatMap((each) =>
      startedPrograms(each.instance.trace())
        .filter(({ atMs }) => atMs <= readyAt(each))
        .map(({ argv, atMs }) => ({ process: each.instance.name, argv, atMs })),
    ),
    written: instances.flatMap((each) => writtenAtStart(each)),
  });
}

function writtenAtStart(each: WatchedInstance): StartFacts['written'] {
  return each.instance
    .trace()
    .flatMap((event) =>
      event.kind === 'open' && event.writes && event.ok && event.atMs <= readyAt(each)
        ? [{ process: each.instance.name, path: event.path, atMs: event.atMs }]
        : [],
    );
}

/** Milliseconds since the check began. What never became ready was starting all the time. */
function readyAt({ instance, readiness }: WatchedInstance): number {
  return readiness.ready ? instance.startedAt + readiness.tookMs : Number.POSITIVE_INFINITY;
}
