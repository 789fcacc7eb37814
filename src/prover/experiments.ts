/** Every experiment, in the order of the factors. */

import type { BuildExperiment, Experiment, RunExperiment, SourceExperiment } from './experiment.ts';
import { experiments as build } from './experiments/01-build.ts';
import { experiments as dependencies } from './experiments/02-dependencies.ts';
import { experiments as buildReleaseRun } from './experiments/05-build-release-run.ts';
import { experiments as portBinding } from './experiments/07-port-binding.ts';
import { experiments as adminProcesses } from './experiments/12-admin-processes.ts';

export const experiments: readonly Experiment[] = [
  ...build,
  ...dependencies,
  ...buildReleaseRun,
  ...portBinding,
  ...adminProcesses,
];

export const buildExperiments: readonly BuildExperiment[] = experiments.filter(
  (each) => each.kind === 'build',
);
export const runExperiments: readonly RunExperiment[] = experiments.filter((each) => each.kind === 'run');
export const sourceExperiments: readonly SourceExperiment[] = experiments.filter(
  (each) => each.kind === 'source',
);
