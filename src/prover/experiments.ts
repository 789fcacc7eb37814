/** Every experiment, in the order of the factors. */

import type { BuildExperiment, Experiment, RunExperiment, SourceExperiment } from './experiment.ts';
import { experiments as processes } from './experiments/06-processes.ts';
import { experiments as portBinding } from './experiments/07-port-binding.ts';
import { experiments as concurrency } from './experiments/08-concurrency.ts';

export const experiments: readonly Experiment[] = [...processes, ...portBinding, ...concurrency];

export const buildExperiments: readonly BuildExperiment[] = experiments.filter(
  (each) => each.kind === 'build',
);
export const runExperiments: readonly RunExperiment[] = experiments.filter((each) => each.kind === 'run');
export const sourceExperiments: readonly SourceExperiment[] = experiments.filter(
  (each) => each.kind === 'source',
);
