/** What files name for development, tests and production. */
import { startsWithTheSameCommand } from '../../factors/10-dev-prod-parity/probe-commands.ts';
import {
  namesTheSameKindsOfServices,
  namesTheSameVersionsOfServices,
  usesOneKindOfDatabase,
} from '../../factors/10-dev-prod-parity/probe-services.ts';
import { seen } from '../../factors/law.ts';
import { type Experiment, sourceExperiment } from '../experiment.ts';
import { openTree } from '../tree/app-tree.ts';
import { servicesIn } from './10-dev-prod-parity/named-services.ts';
import { startPairs } from './10-dev-prod-parity/start-pairs.ts';

const services = sourceExperiment({
  factor: 'dev-prod-parity',
  name: 'services named for development, tests and production',
  probes: [namesTheSameKindsOfServices, namesTheSameVersionsOfServices, usesOneKindOfDatabase],
  collect: async ({ tree }, signal) => seen(servicesIn(openTree(tree, signal))),
});

const commands = sourceExperiment({
  factor: 'dev-prod-parity',
  name: 'how each process type is started',
  probes: [startsWithTheSameCommand],
  collect: async ({ tree }, signal) => seen({ pairs: startPairs(openTree(tree, signal)) }),
});

export const experiments: readonly Experiment[] = [services, commands];
