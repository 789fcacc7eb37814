/** Config: variables taken away and changed, two deploys of one build, and files that are opened. */
import { probes as fileProbes, type OpenedFacts } from '../../factors/03-config/probe-config-files.ts';
import { type PrintedFacts, printsNoSecrets } from '../../factors/03-config/probe-secrets.ts';
import { probes as deployProbes, type TwoDeployFacts } from '../../factors/03-config/probe-two-deploys.ts';
import type { VariableFacts } from '../../factors/03-config/probe-variable-facts.ts';
import { probes as variableProbes } from '../../factors/03-config/probe-variables.ts';
import { type Experiment, runExperiment } from '../experiment.ts';
import { openedFiles } from './03-files.ts';
import { twoDeploys } from './03-two-deploys.ts';
import { variables } from './03-variables.ts';

export const experiments: readonly Experiment[] = [
  runExperiment<VariableFacts & PrintedFacts>({
    factor: 'config',
    name: 'each variable taken away and changed',
    probes: [...variableProbes, printsNoSecrets],
    collect: variables,
  }),
  runExperiment<TwoDeployFacts>({
    factor: 'config',
    name: 'two deploys of one build',
    probes: deployProbes,
    collect: twoDeploys,
  }),
  runExperiment<OpenedFacts>({
    factor: 'config',
    name: 'config files that the app opens',
    probes: fileProbes,
    collect: openedFiles,
  }),
];
