/** Every experiment, in the order of the factors. */
import type { BuildExperiment, Experiment, RunExperiment, SourceExperiment } from './experiment.ts';
import { experiments as codebase } from './experiments/01-codebase.ts';
import { experiments as imports } from './experiments/02-imports.ts';
import { experiments as manifest } from './experiments/02-manifest.ts';
import { experiments as config } from './experiments/03-config.ts';
import { experiments as configSource } from './experiments/03-source.ts';
import { experiments as backingServices } from './experiments/04-backing-services.ts';
import { experiments as locators } from './experiments/04-locators.ts';
import { experiments as processes } from './experiments/06-processes.ts';
import { experiments as portBinding } from './experiments/07-port-binding.ts';
import { experiments as concurrency } from './experiments/08-concurrency.ts';
import { experiments as parity } from './experiments/10-dev-prod-parity.ts';
import { experiments as declared } from './experiments/12-declared.ts';

export const experiments: readonly Experiment[] = [
  ...codebase,
  ...manifest,
  ...imports,
  ...configSource,
  ...config,
  ...locators,
  ...backingServices,
  ...processes,
  ...portBinding,
  ...concurrency,
  ...parity,
  ...declared,
];

export const buildExperiments: readonly BuildExperiment[] = experiments.filter(
  (each) => each.kind === 'build',
);
export const runExperiments: readonly RunExperiment[] = experiments.filter((each) => each.kind === 'run');
export const sourceExperiments: readonly SourceExperiment[] = experiments.filter(
  (each) => each.kind === 'source',
);
