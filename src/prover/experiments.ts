/** Every experiment, in the order of the factors. */
import type { BuildExperiment, Experiment, RunExperiment, SourceExperiment } from './experiment.ts';
import { experiments as codebase } from './experiments/01-codebase.ts';
import { experiments as manifest } from './experiments/02-manifest.ts';
import { experiments as portBinding } from './experiments/07-port-binding.ts';
import { experiments as disposability } from './experiments/09-disposability.ts';
import { experiments as parity } from './experiments/10-dev-prod-parity.ts';
import { experiments as logs } from './experiments/11-logs.ts';
import { experiments as declared } from './experiments/12-declared.ts';

export const experiments: readonly Experiment[] = [
  ...codebase,
  ...manifest,
  ...portBinding,
  ...disposability,
  ...parity,
  ...logs,
  ...declared,
];

export const buildExperiments: readonly BuildExperiment[] = experiments.filter(
  (each) => each.kind === 'build',
);
export const runExperiments: readonly RunExperiment[] = experiments.filter((each) => each.kind === 'run');
export const sourceExperiments: readonly SourceExperiment[] = experiments.filter(
  (each) => each.kind === 'source',
);
