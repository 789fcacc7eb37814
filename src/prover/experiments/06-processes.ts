/** Processes: two web processes of one deploy and a new one after both were killed, and what the watched one left on its disk. */
import type { LocalFileFacts } from '../../factors/06-processes/probe-local-files.ts';
import type { StateFacts } from '../../factors/06-processes/probe-state.ts';
import { fileProbes, stateProbes } from '../../factors/06-processes/probes.ts';
import { runExperiment } from '../experiment.ts';
import { collectFiles } from './06-processes/local-files.ts';
import { collectState } from './06-processes/state.ts';

export const experiments = [
  runExperiment<StateFacts>({
    factor: 'processes',
    name: 'data over two processes and a restart',
    probes: stateProbes,
    collect: collectState,
  }),
  runExperiment<LocalFileFacts>({
    factor: 'processes',
    name: 'files that requests write and read back',
    probes: fileProbes,
    collect: collectFiles,
  }),
];
